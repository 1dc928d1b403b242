"""Inline codes of XLIFF and TMX: out of a source as text and tags, and into a target as markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from koerier.data.formats import inline
from koerier.data.formats.xml_nodes import XML, Node, XmlFile, text
from koerier.pipeline.story import Tag

SPACES = " \t\r\n"
WHITE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Vocabulary:
    """What the inline elements of a format mean.

    Attributes:
        paired: elements around translatable text.
        starts, ends: elements that begin and end a span, by local name, with the attributes that
            tie the two together, the first one present counting.
        protected: tells a paired element whose text must stay as it is.

    Every other element is a lone code, whatever it contains.
    """

    paired: frozenset[str]
    starts: Mapping[str, tuple[str, ...]]
    ends: Mapping[str, tuple[str, ...]]
    id_attributes: tuple[str, ...] = ("id",)
    protected: Callable[[Node], bool] = lambda node: False


@dataclass
class Content:
    """A source or target, or several in a row that share spans, as text and tags.

    Attributes:
        ranges: where the text of each node lies, its outer white space left out.
        edges: the outer white space of each node, as it stands in the file.
        places: by tag id, the numbers of the first and last node the tag touches.
    """

    text: str = ""
    tags: list[Tag] = field(default_factory=list)
    ranges: list[tuple[int, int]] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def part(self, index: int) -> tuple[str, list[Tag]]:
        """One of the nodes: its text, and its tags cut at its edges with offsets in that text."""
        low, high = self.ranges[index]
        tags = []
        for tag in self.tags:
            first, last = self.places[tag.id]
            if first <= index <= last:
                start = tag.start if index == first else low
                end = tag.end if index == last else high
                tags.append(replace(tag, start=start - low, end=end - low))
        return self.text[low:high], tags


@dataclass(slots=True)
class _Event:
    kind: str  # text, open, close, lone, start, end, node
    node: Node | None = None
    text: str = ""
    partner: _Event | None = None


def read(file: XmlFile, nodes: Sequence[Node], vocabulary: Vocabulary) -> Content:
    """Text and tags of nodes that follow each other; white space collapses unless preserved."""
    events: list[_Event] = []
    for node in nodes:
        events.append(_Event("node", node))
        events += _events(node, vocabulary)
    _pair(events, vocabulary)
    return _assemble(file, events, vocabulary)


def _events(node: Node, vocabulary: Vocabulary) -> Iterator[_Event]:
    for part in node.content:
        if isinstance(part, str):
            yield _Event("text", text=part)
        elif part.name in vocabulary.paired and not vocabulary.protected(part):
            yield _Event("open", part)
            yield from _events(part, vocabulary)
            yield _Event("close", part)
        elif part.name in vocabulary.starts:
            yield _Event("start", part)
        elif part.name in vocabulary.ends:
            yield _Event("end", part)
        else:
            yield _Event("lone", part)


def _pair(events: list[_Event], vocabulary: Vocabulary) -> None:
    """Tie start codes to end codes where they nest; the rest become lone codes."""
    stack: list[_Event] = []
    for event in events:
        node = event.node
        if node is None:
            continue
        if event.kind in ("open", "start"):
            stack.append(event)
        elif event.kind == "close":
            while stack[-1].node is not node:
                stack.pop()
            opening = stack.pop()
            opening.partner, event.partner = event, opening
        elif event.kind == "end":
            key = _key(node, vocabulary.ends)
            top = stack[-1] if stack else None
            if (
                top is not None
                and top.kind == "start"
                and top.node is not None
                and key is not None
                and _key(top.node, vocabulary.starts) == key
            ):
                top.partner, event.partner = event, top
                stack.pop()
    for event in events:
        if event.kind in ("start", "end") and event.partner is None:
            event.kind = "lone"


def _key(node: Node, attributes: Mapping[str, tuple[str, ...]]) -> str | None:
    names = attributes[node.name]
    return next((node.attributes[name] for name in names if name in node.attributes), None)


def _assemble(file: XmlFile, events: list[_Event], vocabulary: Vocabulary) -> Content:
    content = Content()
    open_tags: list[Tag] = []
    preserve = False
    for at, event in enumerate(events):
        node = event.node
        if node is None:
            content.text += event.text if preserve else WHITE.sub(" ", event.text)
        elif event.kind == "node":
            _finish_node(content)
            content.ranges.append((len(content.text), -1))
            content.edges.append(_edges(node))
            preserve = node.inherited(XML + "space") == "preserve"
        elif event.kind in ("close", "end"):
            tag = open_tags.pop()
            tag.end = len(content.text)
            content.places[tag.id] = (content.places[tag.id][0], len(content.ranges) - 1)
            if event.kind == "end":
                tag.close = file.raw(node.start, node.end)
            elif node.content:
                tag.close = file.raw(node.close, node.end)
            else:
                tag.open = file.raw(node.start, node.end)
        else:
            end = node.inner if event.kind == "open" else node.end
            tag = Tag(
                _tag_id(node, vocabulary, content),
                len(content.text),
                len(content.text),
                file.raw(node.start, end),
                kind="br" if _is_break(node) else node.name.lower().lstrip("#"),
                parent=open_tags[-1].id if open_tags else None,
            )
            content.tags.append(tag)
            content.places[tag.id] = (len(content.ranges) - 1, len(content.ranges) - 1)
            if event.kind != "lone":
                open_tags.append(tag)
            elif tag.kind == "br" and content.text[-1:].strip() and not _space_follows(events, at):
                content.text += " "
    _finish_node(content)
    return content


def _edges(node: Node) -> tuple[str, str]:
    first, last = (node.content[0], node.content[-1]) if node.content else ("", "")
    lead = first[: len(first) - len(first.lstrip(SPACES))] if isinstance(first, str) else ""
    trail = last[len(last.rstrip(SPACES)) :] if isinstance(last, str) else ""
    return (lead, trail) if len(node.content) > 1 or lead != first else (lead, "")


def _finish_node(content: Content) -> None:
    """Leave out the white space at the edges of the node just read, as far as tags allow."""
    if not content.ranges:
        return
    low, high = content.ranges[-1][0], len(content.text)
    number = len(content.ranges) - 1
    marks = [
        edge
        for tag in content.tags
        for edge, place in zip((tag.start, tag.end), content.places[tag.id], strict=True)
        if place == number and edge >= low
    ]
    text = content.text[low:high]
    start = min([high - len(text.lstrip(SPACES)), *marks])
    end = max([low + len(text.rstrip(SPACES)), start, *marks])
    content.ranges[-1] = (start, end)


def _is_break(node: Node) -> bool:
    """A line break by XLIFF 1.2 ctype, XLIFF 2 subType or TMX type."""
    marks = (node.attributes.get(name) for name in ("ctype", "subType", "type"))
    return any(mark in ("lb", "xlf:lb") for mark in marks)


def _space_follows(events: Sequence[_Event], at: int) -> bool:
    """True where no letter would run on after the event: white space, or the end of the text."""
    for event in events[at + 1 :]:
        if event.kind == "node":
            return True
        if event.text:
            return event.text[0] in SPACES
    return True


def _tag_id(node: Node, vocabulary: Vocabulary, content: Content) -> str:
    given = (node.attributes.get(name) for name in vocabulary.id_attributes)
    wanted = next((value for value in given if value), f"{node.name}{len(content.tags) + 1}")
    found = wanted
    while found in content.places:
        found = f"{found}~{len(content.tags) + 1}"
    return found


def airy(target: str, tags: Sequence[Tag], source: str, source_tags: Sequence[Tag]) -> list[Tag]:
    """Target tags such that a code that stands free in the source does so in the target.

    A placeholder between two spaces hides a word; when the engine has made one space of the two,
    the second one goes with the tag.
    """
    free = {
        tag.id
        for tag in source_tags
        if not tag.paired and source[: tag.start][-1:] == source[tag.start : tag.start + 1] == " "
    }
    aired = []
    for tag in tags:
        if tag.id in free and not tag.paired:
            before = " " if target[: tag.start][-1:].strip() else ""
            after = " " if target[tag.start : tag.start + 1].isalnum() else ""
            tag = replace(tag, open=f"{before}{tag.open}{after}")
        aired.append(tag)
    return aired


def render(target: str, tags: Sequence[Tag]) -> str:
    """Text and tags as XML content."""
    return inline.render(target, tags, text)
