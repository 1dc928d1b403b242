"""IPTC NITF 3.x, alone or inside other formats.

The language goes into ``xml:lang`` where the file has it, else into ``baselang`` of the root.
Provenance is a ``<meta>`` of the head, before what the schema wants behind it (NITF 3.6, head:
title, meta, tobject, iim, docdata, pubdata, revision-history).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.news_xml import Blocks, Change, language_changes
from koerier.data.formats.xml_nodes import Node, XmlFile, attribute, root_of
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Metadata, Role, Story

NAMESPACE = "http://iptc.org/std/NITF/2006-10-18/"
ROLES = {
    "title": Role.HEADLINE,
    "hl1": Role.HEADLINE,
    "hl2": Role.HEADLINE,
    "byline": Role.BYLINE,
    "dateline": Role.DATELINE,
    "abstract": Role.PARAGRAPH,
    "p": Role.PARAGRAPH,
    "li": Role.LIST_ITEM,
    "dt": Role.LIST_ITEM,
    "dd": Role.LIST_ITEM,
    "td": Role.TABLE_CELL,
    "th": Role.TABLE_CELL,
    "caption": Role.CAPTION,
    "media-caption": Role.CAPTION,
    "media-producer": Role.CREDIT,
    "credit": Role.CREDIT,
    "bq": Role.QUOTE,
    "fn": Role.NOTE,
    "note": Role.NOTE,
    "tagline": Role.NOTE,
    "bibliography": Role.NOTE,
    "datasource": Role.CREDIT,
}
# Metadata, rights and media: not text to read.
SILENT = frozenset(
    [
        "docdata",
        "pubdata",
        "revision-history",
        "iim",
        "tobject",
        "rights",
        "distributor",
        "media-reference",
        "media-metadata",
        "media-object",
        "custom-table",
        "nitf-table-metadata",
        "ds",
    ]
)
AFTER_META = ("tobject", "iim", "docdata", "pubdata", "revision-history")


class Nitf:
    name = "nitf"
    suffixes = (".nitf",)

    def sniff(self, source: Source) -> bool:
        name, _ = root_of(source)
        return name == "nitf"

    def open(self, source: Source, options: Options) -> Document:
        return NitfDocument(source, options)


class NitfDocument:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        self._file = XmlFile(source)
        self._root = self._file.root
        if self._root.name != "nitf":
            raise KoerierError("is not NITF", source=source.name)
        self._language = _language(self._root) or options.source_language
        self._blocks = Blocks(self._file)
        collect(self._root, self._blocks)

    def stories(self) -> Iterator[Story]:
        fresh = Blocks(self._file)
        collect(self._root, fresh)
        yield Story(
            identifier(self._root) or self._source.stem,
            fresh.blocks,
            _metadata(self._root),
            self._language,
            self._options.target_language,
            Nitf.name,
        )

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        changes: list[Change] = []
        for story in stories:
            target = story.target_language
            done = self._blocks.changes(story.blocks, target)
            if done:
                changes += done
                changes += self._language_changes(story, target)
                changes += self._provenance()
        out.write(self._file.edited(changes))

    def _language_changes(self, story: Story, target: str) -> list[Change]:
        owned = self._blocks.owned(story.blocks)
        changes = language_changes(
            self._file, self._root, owned, self._language, target, ("xml:lang", "baselang")
        )
        if not changes:
            tag = self._file.with_attributes(self._root, {"baselang": target})
            changes.append((self._root.start, self._root.inner, tag))
        return changes

    def _provenance(self) -> list[Change]:
        head = self._root.child("head")
        if head is None or head.inner == head.end:
            return []
        name = self._file.tag_name(head, "meta")
        content = attribute(f"translated from {self._language}; {self._options.provenance}")
        meta = f'<{name} name="translation" content="{content}"/>'
        following = next((node for node in head.children if node.name in AFTER_META), None)
        if following is not None:
            indent = self._file.indent(following)
            return [(following.start, following.start, f"{meta}{indent}")]
        last = head.children[-1] if head.children else None
        place = head.inner if last is None else last.end
        indent = "" if last is None else self._file.indent(last)
        return [(place, place, f"{indent}{meta}")]


def collect(node: Node, blocks: Blocks) -> None:
    """Add the blocks under a NITF element, in document order."""
    for child in node.children:
        if child.name in SILENT:
            continue
        role = ROLES.get(child.name)
        if role is None or _has_blocks(child):
            collect(child, blocks)
        else:
            blocks.element(child, role)


def _has_blocks(node: Node) -> bool:
    return any(child.name in ROLES or _has_blocks(child) for child in node.children)


def identifier(root: Node) -> str | None:
    """``docdata/doc-id/@id-string``."""
    for node in root.descendants("doc-id"):
        return node.attributes.get("id-string")
    return None


def _language(root: Node) -> str | None:
    for node in (root, *root.descendants("body"), *root.descendants("body.content")):
        if node.language:
            return node.language
    return root.attributes.get("baselang")


def _metadata(root: Node) -> Metadata:
    def value(element: str, name: str) -> str | None:
        return next((node.attributes.get(name) for node in root.descendants(element)), None)

    def content(element: str) -> str | None:
        found = next((_text(node) for node in root.descendants(element)), "")
        return " ".join(found.split()) or None

    return Metadata(
        agency=value("doc-id", "regsrc"),
        byline=content("byline"),
        dateline=content("dateline"),
        urgency=value("urgency", "ed-urg"),
        embargo=value("date.release", "norm"),
        version=value("du-key", "version"),
    )


def _text(node: Node) -> str:
    return "".join(
        part if isinstance(part, str) else _text(part)
        for part in node.content
        if isinstance(part, str) or not part.name.startswith("#")
    )
