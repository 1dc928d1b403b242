"""TMX 1.4b: every translation unit without a target gets one.

The file is one story and a ``<tu>`` a block, as long as it has a variant in the source language
(``srclang`` of the unit or the header, or the language asked for where that says ``*all*``). A
variant in the target language that is there stays; a new one is put at the end of the unit, with
``creationtool`` and a ``<prop>`` for provenance, and no date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.codes import Vocabulary, airy, read, render
from koerier.data.formats.xliff2 import Change, known_tags
from koerier.data.formats.xml_nodes import Node, XmlFile, attribute, root_of, text
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Block, Origin, Role, Segment, Status, Story

ANY_LANGUAGE = "*all*"
TOOL = "Koerier"
PROVENANCE = "x-koerier-provenance"

INLINE = Vocabulary(
    paired=frozenset({"hi"}),
    starts={"bpt": ("i",)},
    ends={"ept": ("i",)},
    id_attributes=("x", "i"),
)


class Tmx:
    name = "tmx"
    suffixes = (".tmx",)

    def sniff(self, source: Source) -> bool:
        return root_of(source)[0] == "tmx"

    def open(self, source: Source, options: Options) -> Document:
        return TmxDocument(source, options)


class TmxDocument:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        self._file = XmlFile(source)
        root = self._file.root
        header, body = root.child("header"), root.child("body")
        if root.name != "tmx" or header is None or body is None:
            raise KoerierError("is not TMX with a header and a body", source=source.name)
        self._header, self._body = header, body

    def stories(self) -> Iterator[Story]:
        story = Story(
            self._source.stem,
            source_language=self._source_language(self._header),
            target_language=self._options.target_language,
            format=Tmx.name,
        )
        for number, unit, source, target in self._units():
            name = unit.attributes.get("tuid") or str(number)
            content, tags = read(self._file, [source], INLINE).part(0)
            block = Block(f"{number}:{name}", Role.PARAGRAPH, content, tags)
            if target is not None:
                segment = Segment(f"{block.id}.s1", content, tags=list(tags))
                found, target_tags = read(self._file, [target], INLINE).part(0)
                segment.settle(found, Origin("copy"), Status.TRANSLATED)
                segment.target_tags = known_tags(target_tags, tags)
                block.segments = [segment]
            story.blocks.append(block)
        yield story

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        changes: list[Change] = []
        (story,) = stories
        for (_, unit, source, target), block in zip(self._units(), story.blocks, strict=True):
            if target is None and block.translate and not block.drop and block.translated:
                changes.append(self._variant(unit, source, block))
        out.write(self._file.edited(changes))

    def _units(self) -> Iterator[tuple[int, Node, Node, Node | None]]:
        """Number, unit, source and target segment, for units in the file's source language."""
        usual = primary(self._source_language(self._header))
        for number, unit in enumerate(self._body.descendants("tu"), 1):
            language = self._source_language(unit)
            source = self._segment(unit, language)
            if source is not None and primary(language) == usual:
                yield number, unit, source, self._segment(unit, self._options.target_language)

    def _source_language(self, node: Node) -> str:
        declared = node.attributes.get("srclang") or self._header.attributes.get("srclang")
        if not declared or declared.lower() == ANY_LANGUAGE:
            return self._options.source_language
        return declared

    def _segment(self, unit: Node, language: str) -> Node | None:
        """The segment in exactly this language, else in one with the same primary subtag."""
        variants = [
            ((node.language or node.attributes.get("lang") or "").lower(), segment)
            for node in unit.children
            if node.name == "tuv" and (segment := node.child("seg")) is not None
        ]
        exact = (segment for tag, segment in variants if tag == language.lower())
        close = (segment for tag, segment in variants if primary(tag) == primary(language))
        return next(exact, None) or next(close, None)

    def _variant(self, unit: Node, source: Node, block: Block) -> Change:
        variant = source.parent
        assert variant is not None, "a segment stands in a variant"
        tuv, prop, seg = (self._file.tag_name(unit, name) for name in ("tuv", "prop", "seg"))
        ((lead, trail),) = read(self._file, [source], INLINE).edges
        target, tags = block.assemble()
        markup = render(target, airy(target, tags, block.source, block.tags))
        inner = f"{text(lead)}{markup}{text(trail)}"
        space = self._file.indent(variant)
        last = unit.children[-1]
        return (
            last.end,
            last.end,
            f'{space}<{tuv} xml:lang="{attribute(self._options.target_language)}"'
            f' creationtool="{TOOL}">'
            f'<{prop} type="{PROVENANCE}">{text(self._options.provenance)}</{prop}>'
            f"<{seg}>{inner}</{seg}></{tuv}>",
        )


def primary(language: str) -> str:
    """The primary subtag of a BCP 47 tag."""
    return language.replace("_", "-").split("-")[0].lower()
