"""OASIS XLIFF 2.0 and 2.1: source only or partly translated, written with targets filled in.

A ``<file>`` is a story and a ``<unit>`` a block. The segments of a unit are kept as they are,
except that a unit with one segment is cut in sentences by the pipeline and joined again into its
one target. A segment whose state is ``initial``, or that has no target, is translated; every other
segment stays as it is (XLIFF 2.1, 4.3.1.26 state).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.codes import Content, Vocabulary, airy, read, render
from koerier.data.formats.xml_nodes import Node, XmlFile, attribute, root_of, text
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Block, Origin, Role, Segment, Status, Story, Tag

CORE = "urn:oasis:names:tc:xliff:document:2.0"
METADATA = "urn:oasis:names:tc:xliff:metadata:2.0"
SUB_STATE = "koerier"  # prefix of subState values and category of metadata

INLINE = Vocabulary(
    paired=frozenset({"pc", "mrk"}),
    starts={"sc": ("id",), "sm": ("id",)},
    ends={"ec": ("startRef",), "em": ("startRef",)},
    protected=lambda node: node.attributes.get("translate") == "no",
)

Change = tuple[int, int, str]


class Xliff2:
    name = "xliff-2"
    suffixes = (".xlf", ".xliff")

    def sniff(self, source: Source) -> bool:
        name, attributes = root_of(source)
        return name == "xliff" and CORE in attributes

    def open(self, source: Source, options: Options) -> Document:
        return Xliff2Document(source, options)


@dataclass(frozen=True)
class Unit:
    """A ``<unit>``: its segments and ignorables with the content of their sources."""

    node: Node
    parts: list[Node]
    content: Content

    @classmethod
    def of(cls, node: Node, file: XmlFile, source: str) -> Unit:
        parts = [child for child in node.children if child.name in ("segment", "ignorable")]
        sources = [part.child("source") for part in parts]
        found = [part for part in sources if part is not None]
        if not parts or len(found) < len(parts):
            name = node.attributes.get("id", "")
            raise KoerierError(
                "a segment has no <source>" if parts else "has no segment",
                source=source,
                place=f"unit {name}",
            )
        return cls(node, parts, read(file, found, INLINE))

    @property
    def segments(self) -> list[int]:
        return [number for number, part in enumerate(self.parts) if part.name == "segment"]

    @property
    def targets(self) -> list[int]:
        """Numbers of the parts that have a target."""
        return [n for n, part in enumerate(self.parts) if part.child("target") is not None]

    @property
    def translate(self) -> bool:
        return self.node.inherited("translate") != "no"


def is_initial(segment: Node) -> bool:
    """True where a translation is wanted: no target, or state initial (the default)."""
    target = segment.child("target")
    state = segment.attributes.get("state", Status.INITIAL)
    return target is None or state == Status.INITIAL


class Xliff2Document:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        self._file = XmlFile(source)
        root = self._file.root
        if root.name != "xliff" or root.namespace != CORE:
            raise KoerierError("is not XLIFF 2", source=source.name)
        self._language = declared_language(
            root.attributes.get("trgLang"), options.target_language, source.name
        )

    def stories(self) -> Iterator[Story]:
        root = self._file.root
        for node in root.children:
            if node.name != "file":
                continue
            name = node.attributes.get("original") or node.attributes.get("id") or ""
            story = Story(
                name or self._source.stem,
                source_language=root.attributes.get("srcLang") or self._options.source_language,
                target_language=self._language,
                format=Xliff2.name,
            )
            story.blocks = [self._block(unit) for unit in self._units(node)]
            yield story

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        changes: list[Change] = []
        root = self._file.root
        files = [node for node in root.children if node.name == "file"]
        for node, story in zip(files, stories, strict=True):
            changed: list[Change] = []
            for unit, block in zip(self._units(node), story.blocks, strict=True):
                changed += self._changed(unit, block)
            if changed:
                changes += [*self._provenance(node), *changed]
        if changes and "trgLang" not in root.attributes:
            tag = self._file.with_attributes(root, {"trgLang": self._language})
            changes.append((root.start, root.inner, tag))
        out.write(self._file.edited(changes))

    def _units(self, file: Node) -> Iterator[Unit]:
        for node in file.descendants("unit"):
            yield Unit.of(node, self._file, self._source.name)

    def _block(self, unit: Unit) -> Block:
        attributes = unit.node.attributes
        content = unit.content
        name = attributes.get("id") or f"u{unit.node.start}"
        role = role_of(attributes.get("name"))
        block = Block(name, role, content.text, content.tags, translate=unit.translate)
        if len(unit.parts) == 1:
            block.source, block.tags = content.part(0)
        if unit.translate and self._sentences_wanted(unit):
            return block
        nodes = [unit.parts[number].child("target") for number in unit.targets]
        targets = read(self._file, [node for node in nodes if node is not None], INLINE)
        for count, number in enumerate(unit.segments, 1):
            part = unit.parts[number]
            source, tags = content.part(number)
            segment = Segment(part.attributes.get("id") or f"{name}.s{count}", source, tags=tags)
            if len(unit.parts) > 1:
                segment.start = content.ranges[number][0]
            if not is_initial(part):
                target_text, target_tags = targets.part(unit.targets.index(number))
                state = part.attributes["state"]
                status = Status(state) if state in list(Status) else Status.TRANSLATED
                segment.settle(target_text, Origin("copy"), status)
                segment.target_tags = known_tags(target_tags, tags)
            elif not any(map(str.isalpha, source)):
                segment.settle(source, Origin("copy"))
                segment.target_tags = list(tags)
            block.segments.append(segment)
        return block

    def _sentences_wanted(self, unit: Unit) -> bool:
        return len(unit.parts) == 1 and is_initial(unit.parts[0])

    def _changed(self, unit: Unit, block: Block) -> Iterator[Change]:
        if not block.translate or block.drop:
            return
        if self._sentences_wanted(unit):
            if block.translated:
                target, tags = block.assemble()
                origin = next((s.origin for s in block.segments if s.origin), None)
                yield from self._target(unit, 0, target, tags, block.segments, origin)
            return
        spans = _spans(unit, block)
        for number, segment in zip(unit.segments, block.segments, strict=True):
            if is_initial(unit.parts[number]) and segment.status is not Status.INITIAL:
                tags = [_end_of(tag, segment.id, spans) for tag in segment.target_tags]
                yield from self._target(
                    unit, number, segment.target, tags, [segment], segment.origin
                )

    def _target(
        self,
        unit: Unit,
        number: int,
        target: str,
        tags: list[Tag],
        segments: list[Segment],
        origin: Origin | None,
    ) -> Iterator[Change]:
        part = unit.parts[number]
        status = min((s.status for s in segments), key=list(Status).index)
        values = {"state": status.value}
        if origin is not None:
            values["subState"] = f"{SUB_STATE}:{origin.kind}"
        yield part.start, part.inner, self._file.with_attributes(part, values)
        lead, trail = unit.content.edges[number]
        markup = render(target, airy(target, tags, *unit.content.part(number)))
        inner = f"{text(lead)}{markup}{text(trail)}"
        yield target_change(self._file, part, inner, {})

    def _provenance(self, file: Node) -> Iterator[Change]:
        """Provenance as metadata of the file (XLIFF 2.1, 5.2 Metadata Module)."""
        existing = next((node for node in file.children if node.namespace == METADATA), None)
        if existing is None:
            skeleton = file.child("skeleton")
            place = file.inner if skeleton is None else skeleton.end
            lead = self._file.indent(file.children[0])
            group = self._meta_group("mda:metaGroup", "mda:meta")
            metadata = f'<mda:metadata xmlns:mda="{METADATA}">{group}</mda:metadata>'
            yield place, place, lead + metadata
        elif SUB_STATE not in (group.attributes.get("category") for group in existing.children):
            names = [self._file.tag_name(existing, name) for name in ("metaGroup", "meta")]
            yield existing.close, existing.close, self._meta_group(*names)

    def _meta_group(self, group: str, meta: str) -> str:
        value = text(self._options.provenance)
        return (
            f'<{group} category="{SUB_STATE}"><{meta} type="provenance">{value}</{meta}></{group}>'
        )


def _spans(unit: Unit, block: Block) -> dict[str, tuple[str, str]]:
    """By id of a span over several segments: the first and last segment whose target has it."""
    spans: dict[str, tuple[str, str]] = {}
    for segment in block.segments:
        for tag in segment.target_tags:
            first, last = unit.content.places.get(tag.id, (0, 0))
            if first != last:
                spans[tag.id] = (spans.get(tag.id, (segment.id,))[0], segment.id)
    return spans


def _end_of(tag: Tag, segment: str, spans: dict[str, tuple[str, str]]) -> Tag:
    """The part of a tag that a segment shows: a span over segments opens and closes once."""
    first, last = spans.get(tag.id, (segment, segment))
    if first == last:
        return tag
    start = tag.end if segment != first else tag.start
    end = tag.start if segment != last else tag.end
    opening = tag.open if segment == first else ""
    closing = tag.close if segment == last else ""
    return Tag(tag.id, start, end, opening, closing, tag.kind, tag.parent)


def declared_language(declared: str | None, wanted: str, source: str) -> str:
    """The file's own target language where it has one.

    Raises:
        KoerierError: if the file wants another language than the one translated into.
    """
    if not declared:
        return wanted
    if declared.lower().split("-")[0] != wanted.lower().split("-")[0]:
        raise KoerierError(f"asks for target language {declared!r}, not {wanted!r}", source=source)
    return declared


def role_of(name: str | None) -> Role:
    """A unit that is named after a role has that role; any other is a paragraph."""
    return Role(name) if name in list(Role) else Role.PARAGRAPH


def known_tags(found: list[Tag], source: list[Tag]) -> list[Tag]:
    """Those tags of a target that the source has too."""
    known = {tag.id for tag in source}
    return [tag for tag in found if tag.id in known]


def target_change(file: XmlFile, part: Node, inner: str, values: dict[str, str]) -> Change:
    """Put a target after the source of `part`, or new content in the target it has."""
    target = part.child("target")
    if target is not None:
        opening = file.with_attributes(target, values)
        if target.inner == target.end:
            opening = opening.removesuffix("/>").rstrip() + ">"
        return target.start, target.end, f"{opening}{inner}</{file.tag_name(target, 'target')}>"
    after = part.child("seg-source") or part.child("source")
    assert after is not None, "every part has a source"
    name = file.tag_name(after, "target")
    listed = "".join(f' {key}="{attribute(value)}"' for key, value in values.items())
    return after.end, after.end, f"{file.indent(after)}<{name}{listed}>{inner}</{name}>"
