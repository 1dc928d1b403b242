"""What the news formats in XML share: elements that are blocks, and how they are written back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from koerier.data.formats.codes import Vocabulary, read, render
from koerier.data.formats.html_text import HtmlText
from koerier.data.formats.plain_blocks import PlainBlocks
from koerier.data.formats.xml_nodes import XML, Node, XmlFile, text
from koerier.pipeline.language import same_language
from koerier.pipeline.story import Block, Role

Change = tuple[int, int, str]

# Inline elements of NITF 3.6 ("enriched text") and XHTML that stand around text; all others are
# carried along whole.
INLINE = Vocabulary(
    paired=frozenset(
        [
            "a",
            "abbr",
            "acronym",
            "alt-code",
            "b",
            "big",
            "bdo",
            "chron",
            "cite",
            "city",
            "classifier",
            "copyrite.holder",
            "copyrite.year",
            "country",
            "denom",
            "em",
            "event",
            "font",
            "frac",
            "frac-sep",
            "function",
            "i",
            "ins",
            "kbd",
            "lang",
            "location",
            "mark",
            "money",
            "name.family",
            "name.given",
            "num",
            "numer",
            "object.title",
            "org",
            "person",
            "postaddr",
            "pronounce",
            "q",
            "region",
            "rich",
            "s",
            "samp",
            "small",
            "span",
            "state",
            "story.date",
            "strong",
            "sub",
            "sublocation",
            "sup",
            "time",
            "u",
            "underline",
            "var",
            "virtloc",
        ]
    ),
    starts={},
    ends={},
)


class Blocks:
    """Collects the blocks of one story from the elements of a file, and writes them back."""

    def __init__(self, file: XmlFile) -> None:
        self._file = file
        self._parts: list[_Part] = []

    @property
    def blocks(self) -> list[Block]:
        return [block for part in self._parts for block in part.blocks]

    def element(self, node: Node, role: Role, *, translate: bool = True) -> None:
        """An element whose content is text with inline elements."""
        content = read(self._file, [node], INLINE)
        source, tags = content.part(0)
        if source:
            block = Block(self._next(), role, source, tags, translate=translate)
            self._parts.append(_Element(node, block, content.edges[0]))

    def markup(self, node: Node, language: str, *, xml: bool) -> None:
        """An element that holds HTML: as elements (`xml`), or escaped or in CDATA sections."""
        if xml:
            html = HtmlText(
                self._file.raw(node.inner, node.close),
                f"{self._next()}.",
                source_language=language,
                xml=True,
            )
            self._parts.append(_Xhtml(node, html))
        else:
            html = HtmlText(_content(node), f"{self._next()}.", source_language=language)
            self._parts.append(_Escaped(self._file, node, html))

    def plain(self, node: Node) -> None:
        """An element that holds plain text with paragraphs."""
        plain = PlainBlocks(_content(node), f"{self._next()}.", story=False)
        self._parts.append(_Escaped(self._file, node, plain))

    def changes(self, blocks: Iterable[Block], language: str) -> list[Change]:
        """The edits that put translated blocks in their places."""
        given = {block.id: block for block in blocks}
        changes: list[Change] = []
        for part in self._parts:
            mine = [given[block.id] for block in part.blocks if block.id in given]
            if any(_settled(block) for block in mine):
                changes += part.changes(mine, language)
        return changes

    def owned(self, blocks: Iterable[Block]) -> dict[int, bool]:
        """By the place of each element that holds blocks: whether it is to be left out."""
        dropped = {block.id for block in blocks if block.drop}
        return {
            part.node.start: any(block.id in dropped for block in part.blocks)
            for part in self._parts
        }

    def _next(self) -> str:
        return f"b{len(self._parts) + 1}"


class _Part:
    node: Node
    blocks: Sequence[Block]

    def changes(self, blocks: Sequence[Block], language: str) -> list[Change]:
        raise NotImplementedError


class _Element(_Part):
    def __init__(self, node: Node, block: Block, edges: tuple[str, str]) -> None:
        self.node, self.blocks, self._edges = node, [block], edges

    def changes(self, blocks: Sequence[Block], language: str) -> list[Change]:
        (block,) = blocks
        if block.drop:
            return [(self.node.start, self.node.end, "")]
        lead, trail = self._edges
        markup = render(*block.assemble())
        return [(self.node.inner, self.node.close, f"{text(lead)}{markup}{text(trail)}")]


class _Xhtml(_Part):
    def __init__(self, node: Node, html: HtmlText) -> None:
        self.node, self._html, self.blocks = node, html, html.blocks

    def changes(self, blocks: Sequence[Block], language: str) -> list[Change]:
        return [(self.node.inner, self.node.close, self._html.render(blocks, language))]


class _Escaped(_Part):
    def __init__(self, file: XmlFile, node: Node, inner: HtmlText | PlainBlocks) -> None:
        self._file, self.node, self._inner, self.blocks = file, node, inner, inner.blocks

    def changes(self, blocks: Sequence[Block], language: str) -> list[Change]:
        if isinstance(self._inner, HtmlText):
            content = self._inner.render(blocks, language)
        else:
            content = self._inner.render(blocks)
        raw = self._file.raw(self.node.inner, self.node.close)
        if "<![CDATA[" in raw:
            # A section cannot hold its own end: it is cut in two there.
            lead = raw[: len(raw) - len(raw.lstrip())]
            trail = raw[len(raw.rstrip()) :]
            inside = content[len(lead) : len(content) - len(trail)] if lead or trail else content
            parted = inside.replace("]]>", "]]]]><![CDATA[>")
            content = f"{lead}<![CDATA[{parted}]]>{trail}"
        else:
            content = text(content)
        return [(self.node.inner, self.node.close, content)]


def _settled(block: Block) -> bool:
    return block.translate and (block.drop or block.translated)


def _content(node: Node) -> str:
    return "".join(part for part in node.content if isinstance(part, str))


def _key(name: str) -> str:
    return f"{XML}lang" if name == "xml:lang" else name


def language_changes(
    file: XmlFile,
    root: Node,
    owned: Mapping[int, bool],
    source: str,
    target: str,
    attributes: Sequence[str] = ("xml:lang",),
) -> list[Change]:
    """Edits that turn the source language into the target's in attributes under `root`.

    Args:
        owned: what `Blocks.owned` gives; what stands inside a block is its own affair.
    """
    changes: list[Change] = []
    pending = [root]
    while pending:
        node = pending.pop()
        if owned.get(node.start):
            continue
        if node.start not in owned:
            pending += node.children
        values = {
            name: target
            for name in attributes
            if same_language(node.attributes.get(_key(name), "-"), source)
        }
        if values:
            changes.append((node.start, node.inner, file.with_attributes(node, values)))
    return changes
