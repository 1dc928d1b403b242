"""IPTC NewsML-G2 2.x: single items, packages, and several items in one newsMessage.

Each item is a story under its guid, which it keeps with its version: what was received and what is
published stay tied together. The translation says so in a link of the item's metadata, with the
relation ``irel:translatedFrom``, and in ``generator`` (itemMeta: both in the order of the
schema).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from koerier.data.formats import nitf
from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.news_xml import Blocks, Change, language_changes
from koerier.data.formats.xml_nodes import Node, XmlFile, attribute, root_of, text
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.language import same_language
from koerier.pipeline.story import Metadata, Role, Story

NAMESPACE = "http://iptc.org/std/nar/2006-10-01/"
ITEMS = ("newsItem", "packageItem")
ROOTS = (*ITEMS, "newsMessage")
CONTENT_ROLES = {
    "headline": Role.HEADLINE,
    "by": Role.BYLINE,
    "dateline": Role.DATELINE,
    "creditline": Role.CREDIT,
}
CAPTION_ROLES = ("caption", "photocaption", "accessibilitycaption")
# itemMeta up to generator, and what may follow link.
BEFORE_GENERATOR = [
    "itemClass",
    "provider",
    "versionCreated",
    "firstCreated",
    "embargoed",
    "pubStatus",
    "role",
    "fileName",
    "generator",
]
AFTER_LINK = ("itemMetaExtProperty",)


class NewsMLG2:
    name = "newsml-g2"
    suffixes = (".newsml", ".g2")

    def sniff(self, source: Source) -> bool:
        name, attributes = root_of(source)
        return name in ROOTS and NAMESPACE in attributes

    def open(self, source: Source, options: Options) -> Document:
        return NewsMLDocument(source, options)


class NewsMLDocument:
    def __init__(self, source: Source, options: Options) -> None:
        self._options = options
        self._file = XmlFile(source)
        root = self._file.root
        if root.name not in ROOTS:
            raise KoerierError("is not NewsML-G2", source=source.name)
        self._items = [root] if root.name in ITEMS else list(_items(root))
        for number, item in enumerate(self._items, 1):
            if not item.attributes.get("guid"):
                raise KoerierError("has no guid", source=source.name, place=f"item {number}")

    def stories(self) -> Iterator[Story]:
        for item in self._items:
            yield Story(
                item.attributes["guid"],
                self._blocks(item).blocks,
                _metadata(item),
                self._language(item),
                self._options.target_language,
                NewsMLG2.name,
            )

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        changes: list[Change] = []
        for item, story in zip(self._items, stories, strict=True):
            blocks = self._blocks(item)
            done = blocks.changes(story.blocks, story.target_language)
            if not done:
                continue
            changes += done
            source, target = self._language(item), story.target_language
            owned = blocks.owned(story.blocks)
            changes += language_changes(self._file, item, owned, source, target)
            changes += self._content_language(item, source, target)
            changes += self._provenance(item)
        out.write(self._file.edited(_merged(changes)))

    def _language(self, item: Node) -> str:
        """Of the content where it says so, else of the item."""
        meta = item.child("contentMeta")
        declared = meta.child("language") if meta is not None else None
        if declared is not None and declared.attributes.get("tag"):
            return declared.attributes["tag"]
        return item.language or self._options.source_language

    def _blocks(self, item: Node) -> Blocks:
        blocks = Blocks(self._file)
        for node in item.children:
            if node.name == "itemMeta":
                for title in node.children:
                    if title.name == "title":
                        blocks.element(title, Role.HEADLINE)
            elif node.name == "contentMeta":
                self._content_meta(node, blocks)
            elif node.name == "contentSet":
                self._content_set(item, node, blocks)
            elif node.name == "groupSet":
                for title in node.descendants("title"):
                    blocks.element(title, Role.HEADLINE)
        return blocks

    def _content_meta(self, meta: Node, blocks: Blocks) -> None:
        for node in meta.children:
            if node.name in CONTENT_ROLES:
                blocks.element(node, CONTENT_ROLES[node.name])
            elif node.name == "description":
                role = node.attributes.get("role", "").rpartition(":")[2].lower()
                is_caption = role in CAPTION_ROLES
                blocks.element(node, Role.CAPTION if is_caption else Role.PARAGRAPH)

    def _content_set(self, item: Node, contents: Node, blocks: Blocks) -> None:
        for node in contents.children:
            if node.language and not same_language(node.language, self._language(item)):
                continue
            kind = node.attributes.get("contenttype", "").lower()
            if node.name == "inlineXML":
                inner = next(iter(node.children), None)
                if inner is not None and inner.name == "nitf":
                    nitf.collect(inner, blocks)
                elif "html" in kind or (inner is not None and "xhtml" in inner.namespace):
                    blocks.markup(node, self._language(item), xml=True)
            elif node.name == "inlineData" and not node.attributes.get("encoding"):
                if "html" in kind:
                    blocks.markup(node, self._language(item), xml=False)
                elif kind.startswith("text/plain") or not kind:
                    blocks.plain(node)

    def _content_language(self, item: Node, source: str, target: str) -> list[Change]:
        changes = []
        for meta in item.children:
            if meta.name != "contentMeta":
                continue
            for node in meta.children:
                tag = node.attributes.get("tag", "")
                if node.name == "language" and same_language(tag, source):
                    edited = self._file.with_attributes(node, {"tag": target})
                    changes.append((node.start, node.inner, edited))
        return changes

    def _provenance(self, item: Node) -> list[Change]:
        meta = item.child("itemMeta")
        if meta is None or meta.inner == meta.end:
            return []
        children = meta.children
        generator = self._file.tag_name(meta, "generator")
        link = self._file.tag_name(meta, "link")
        guid = attribute(item.attributes["guid"])
        version = attribute(item.attributes.get("version", "1"))
        made = f"<{generator}>{text(self._options.provenance)}</{generator}>"
        linked = f'<{link} rel="irel:translatedFrom" residref="{guid}" version="{version}"/>'
        early = [node for node in children if node.name in BEFORE_GENERATOR]
        late = [node for node in children if node.name not in AFTER_LINK]
        return [
            self._after(early[-1] if early else None, meta, made),
            self._after(late[-1] if late else None, meta, linked),
        ]

    def _after(self, node: Node | None, parent: Node, markup: str) -> Change:
        if node is None:
            return parent.inner, parent.inner, markup
        return node.end, node.end, f"{self._file.indent(node)}{markup}"


def _items(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.name in ITEMS:
            yield child
        else:
            yield from _items(child)


def _merged(changes: list[Change]) -> list[Change]:
    """Insertions at one place become one, in the order they were made."""
    merged: list[Change] = []
    for change in sorted(changes, key=lambda change: change[:2]):
        start, end, markup = change
        if merged and merged[-1][:2] == (start, end) and start == end:
            merged[-1] = (start, end, merged[-1][2] + markup)
        else:
            merged.append(change)
    return merged


def _metadata(item: Node) -> Metadata:
    def content(parent: str, name: str) -> str | None:
        node = item.child(parent)
        node = node.child(name) if node is not None else None
        found = "" if node is None else "".join(p for p in node.content if isinstance(p, str))
        return " ".join(found.split()) or None

    provider = item.child("itemMeta")
    provider = provider.child("provider") if provider is not None else None
    named = {} if provider is None else provider.attributes
    return Metadata(
        agency=named.get("literal") or named.get("qcode"),
        byline=content("contentMeta", "by"),
        dateline=content("contentMeta", "dateline"),
        urgency=content("contentMeta", "urgency"),
        embargo=content("itemMeta", "embargoed"),
        version=item.attributes.get("version"),
    )
