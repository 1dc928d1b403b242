"""RSS 2.0 and Atom 1.0.

The feed's own title and description are a story of their own, under its link or id; each item or
entry is one under its guid or id, which stays. Provenance: RSS has a ``<generator>`` for the whole
feed, which belongs to its maker and is only added where there is none; an Atom entry gets a
``<link rel="via">`` to what it was made from if the entry says where that is (RFC 4287, 4.2.7.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.news_xml import Blocks, Change, language_changes
from koerier.data.formats.xml_nodes import Node, XmlFile, attribute, root_of, text
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.language import same_language
from koerier.pipeline.story import Metadata, Role, Story

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
MEDIA = "http://search.yahoo.com/mrss/"
# RSS does not say whether a description is HTML; without any of this it reads the same either way.
MARKUP = re.compile(r"<|&#?\w+;")
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


class Rss:
    name = "rss"
    suffixes = (".rss",)

    def sniff(self, source: Source) -> bool:
        name, _ = root_of(source)
        return name == "rss"

    def open(self, source: Source, options: Options) -> Document:
        return RssDocument(source, options)


class Atom:
    name = "atom"
    suffixes = (".atom",)

    def sniff(self, source: Source) -> bool:
        name, attributes = root_of(source)
        return name in ("feed", "entry") and ATOM in attributes

    def open(self, source: Source, options: Options) -> Document:
        return AtomDocument(source, options)


class RssDocument:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        self._file = XmlFile(source)
        channel = self._file.root.child("channel")
        if self._file.root.name != "rss" or channel is None:
            raise KoerierError("is not RSS 2.0: no <channel>", source=source.name)
        self._channel = channel
        self._items = [node for node in channel.children if node.name == "item"]

    def stories(self) -> Iterator[Story]:
        yield self._story(self._channel, _value(self._channel, "link") or self._source.stem)
        for number, item in enumerate(self._items, 1):
            given = _value(item, "guid") or _value(item, "link")
            yield self._story(item, given or f"{self._source.stem}-{number}")

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        changes: list[Change] = []
        for node, story in zip([self._channel, *self._items], stories, strict=True):
            blocks = self._blocks(node)
            done = blocks.changes(story.blocks, story.target_language)
            if done:
                changes += done
                changes += self._language_changes(node, story.target_language)
        if changes and self._channel.child("generator") is None:
            language = self._channel.child("language") or self._channel.child("description")
            if language is not None:
                markup = f"<generator>{text(self._options.provenance)}</generator>"
                place = language.end
                changes.append((place, place, f"{self._file.indent(language)}{markup}"))
        out.write(self._file.edited(changes))

    def _story(self, node: Node, name: str) -> Story:
        metadata = Metadata(
            byline=_value(node, "creator") or _value(node, "author"),
            agency=_value(self._channel, "title"),
        )
        return Story(
            name,
            self._blocks(node).blocks,
            metadata,
            self._language(node),
            self._options.target_language,
            Rss.name,
        )

    def _language(self, node: Node) -> str:
        return (
            _value(node, "language")
            or _value(self._channel, "language")
            or self._options.source_language
        )

    def _blocks(self, node: Node) -> Blocks:
        blocks = Blocks(self._file)
        language = self._language(node)
        for child in node.children:
            if child.name == "title" and child.namespace in ("", MEDIA):
                blocks.element(child, Role.HEADLINE)
            elif child.name == "encoded" and child.namespace == CONTENT:
                blocks.markup(child, language, xml=False)
            elif child.name == "description" and child.namespace == "":
                if MARKUP.search(_text(child)):
                    blocks.markup(child, language, xml=False)
                else:
                    blocks.element(child, Role.PARAGRAPH)
            elif child.namespace == MEDIA:
                _media(child, blocks)
        return blocks

    def _language_changes(self, node: Node, target: str) -> list[Change]:
        changes: list[Change] = []
        for child in node.children:
            if child.name == "language" and child.namespace in ("", DUBLIN_CORE):
                declared = _text(child)
                if same_language(declared.strip(), self._language(node)):
                    changes.append((child.inner, child.close, target))
        return changes


def _media(node: Node, blocks: Blocks) -> None:
    """Titles, captions and credits of Media RSS, at any depth of groups and contents."""
    roles = {"title": Role.HEADLINE, "description": Role.CAPTION, "credit": Role.CREDIT}
    if node.name in roles:
        if node.attributes.get("type") == "html":
            blocks.markup(node, "en", xml=False)
        else:
            blocks.element(node, roles[node.name])
    elif node.name in ("group", "content"):
        for child in node.children:
            _media(child, blocks)


class AtomDocument:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        self._file = XmlFile(source)
        self._root = self._file.root
        if self._root.name not in ("feed", "entry") or self._root.namespace != ATOM:
            raise KoerierError("is not Atom 1.0", source=source.name)
        entries = [node for node in self._root.children if node.name == "entry"]
        self._parts = [self._root, *entries]

    def stories(self) -> Iterator[Story]:
        for number, node in enumerate(self._parts):
            yield Story(
                _value(node, "id") or f"{self._source.stem}-{number}",
                self._blocks(node).blocks,
                _atom_metadata(node),
                self._language(node),
                self._options.target_language,
                Atom.name,
            )

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        changes: list[Change] = []
        owned: dict[int, bool] = {}
        for node, story in zip(self._parts, stories, strict=True):
            blocks = self._blocks(node)
            owned |= blocks.owned(story.blocks)
            done = blocks.changes(story.blocks, story.target_language)
            if done:
                changes += [*done, *self._via(node)]
        if changes:
            changes += self._languages(owned)
        out.write(self._file.edited(changes))

    def _languages(self, owned: Mapping[int, bool]) -> list[Change]:
        source, target = self._language(self._root), self._options.target_language
        changes = language_changes(self._file, self._root, owned, source, target)
        if not changes and not any(node.language for node in self._parts):
            tag = self._file.with_attributes(self._root, {"xml:lang": target})
            changes.append((self._root.start, self._root.inner, tag))
        return changes

    def _language(self, node: Node) -> str:
        return node.language or self._root.language or self._options.source_language

    def _blocks(self, node: Node) -> Blocks:
        blocks = Blocks(self._file)
        for child in node.children:
            if child.name in ("title", "subtitle"):
                self._construct(child, Role.HEADLINE, blocks)
            elif child.name in ("summary", "content") and "src" not in child.attributes:
                self._construct(child, Role.PARAGRAPH, blocks)
            elif child.namespace == MEDIA:
                _media(child, blocks)
        return blocks

    def _construct(self, node: Node, role: Role, blocks: Blocks) -> None:
        """A text construct (RFC 4287, 3.1): text, html or xhtml; other types are left alone."""
        kind = node.attributes.get("type", "text")
        language = node.language or self._language(node)
        if kind == "html":
            blocks.markup(node, language, xml=False)
        elif kind == "xhtml":
            blocks.markup(node, language, xml=True)
        elif kind == "text":
            blocks.element(node, role)

    def _via(self, node: Node) -> list[Change]:
        if node.name != "entry":
            return []
        links = [child for child in node.children if child.name == "link"]
        for link in links:
            if link.attributes.get("rel", "alternate") == "alternate" and "href" in link.attributes:
                href = attribute(link.attributes["href"])
                language = attribute(self._language(node))
                name = self._file.tag_name(link, "link")
                markup = f'<{name} rel="via" hreflang="{language}" href="{href}"/>'
                return [(link.end, link.end, f"{self._file.indent(link)}{markup}")]
        return []


def _text(node: Node) -> str:
    return "".join(part for part in node.content if isinstance(part, str))


def _value(node: Node, name: str) -> str | None:
    child = node.child(name)
    return None if child is None else " ".join(_text(child).split()) or None


def _atom_metadata(node: Node) -> Metadata:
    author = node.child("author")
    return Metadata(byline=None if author is None else _value(author, "name"))
