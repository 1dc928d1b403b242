"""HTML and XHTML documents: one story a file.

A translated document says so in ``lang`` (or ``xml:lang``), ``content-language`` and
``og:locale``. At the end of its ``head`` it gets a link to the original, where that has an address
(``<link rel="alternate" hreflang="en">``: HTML 4.6.7.1, "the referenced document is a
translation"), and a ``generator`` (HTML 4.2.5.1) that names what made the translation. A document
without ``head`` gets neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from typing import BinaryIO

from koerier.data.formats.base import Options, Source
from koerier.data.formats.encoding import decode, marked_charset, newline
from koerier.data.formats.html_reader import BLOCK_ELEMENTS
from koerier.data.formats.html_text import HtmlText
from koerier.data.formats.html_tokens import Kind, Token, tokenize
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.language import same_language
from koerier.pipeline.story import Edit, Metadata, Role, Story, apply_edits

_XML_SUFFIXES = (".xhtml", ".xht")
_DOCTYPE = re.compile(r"<!doctype\s+html\b", re.IGNORECASE)
_TAG_NAME = re.compile(r"<[^\s/>]+")
_INDENT = re.compile(r"[ \t]*")
_LANGUAGE_NAMES = frozenset(
    ("content-language", "language", "dc.language", "dcterms.language", "og:locale")
)
_AUTHOR_NAMES = ("author", "article:author", "parsely-author", "dc.creator", "dcterms.creator")
_AGENCY_NAMES = ("dc.source", "dcterms.source", "dc.publisher", "dcterms.publisher")


class Html:
    """The format of web pages."""

    name = "html"
    suffixes: tuple[str, ...] = (".html", ".htm", *_XML_SUFFIXES)

    def sniff(self, source: Source) -> bool:
        """A document type, or first of all a start tag that HTML knows."""
        try:
            head = decode(source.head, declared=marked_charset(source.head))[0]
        except KoerierError:
            return False
        if not head.lstrip("\ufeff \t\r\n\f").startswith("<"):
            return False
        for token in tokenize(head):
            if token.kind is Kind.OPEN:
                return token.name in BLOCK_ELEMENTS - {"base", "frame", "title"}
            raw = head[token.start : token.end]
            if _DOCTYPE.match(raw):
                return True
            if token.kind is not Kind.COMMENT and raw.strip("\ufeff \t\r\n\f"):
                return False
        return False

    def open(self, source: Source, options: Options) -> HtmlDocument:
        return HtmlDocument(source, options)


class HtmlDocument:
    """One page.

    Raises:
        KoerierError: if the bytes are not in the encoding they claim to be in.
    """

    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        try:
            text, self._encoding = decode(source.data, declared=marked_charset(source.data))
        except KoerierError as error:
            raise error.at(source=source.name) from None
        self._xml = text.startswith("<?xml") or source.suffix in _XML_SUFFIXES
        self._text = text
        self._head = _Head(text, list(tokenize(text, xml=self._xml)))
        self._language = self._head.language or options.source_language

    def stories(self) -> Iterator[Story]:
        blocks = self._html().blocks
        bylines = [block.source for block in blocks if block.role is Role.BYLINE]
        yield Story(
            self._head.address or self._source.stem,
            blocks,
            Metadata(
                agency=self._head.named(*_AGENCY_NAMES),
                byline=next(iter(bylines), None) or self._head.named(*_AUTHOR_NAMES),
            ),
            self._language,
            self._options.target_language,
            Html.name,
        )

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        (story,) = stories
        edits = self._html().edits(story.blocks, self._options.target_language)
        if any(block.translate and block.translated for block in story.blocks):
            edits += self._head.edits(self._language, self._options, self._xml)
        out.write(self._encoding.encode(apply_edits(self._text, edits)[0], "charref"))

    def _html(self) -> HtmlText:
        return HtmlText(self._text, source_language=self._language, xml=self._xml)


class _Head:
    """What a document says of itself."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._root: Token | None = None
        self._end: int | None = None
        self._named: dict[str, list[Token]] = {}
        self._links: list[Token] = []
        for token in tokens:
            if token.kind is Kind.OPEN and token.name == "html":
                self._root = self._root or token
            elif token.kind is Kind.OPEN and token.name == "meta":
                for key in ("name", "property", "http-equiv"):
                    self._named.setdefault(_value(token, key).lower(), []).append(token)
            elif token.kind is Kind.OPEN and token.name == "link":
                self._links.append(token)
            elif token.kind is Kind.CLOSE and token.name == "head" and self._end is None:
                self._end = token.start
        self._named.pop("", None)

    @property
    def language(self) -> str | None:
        """The language the document states, as a BCP 47 tag."""
        root = self._root
        stated = _value(root, "lang") or _value(root, "xml:lang") if root is not None else ""
        stated = stated or (self.named("content-language") or "").split(",")[0]
        return stated.strip().replace("_", "-") or None

    @property
    def address(self) -> str | None:
        """The document's canonical URL."""
        return self._linked("canonical") or next(self._contents("og:url"), None)

    def named(self, *names: str) -> str | None:
        """What the first ``meta`` of one of these names says that is no URL."""
        return next((text for text in self._contents(*names) if "://" not in text), None)

    def _contents(self, *names: str) -> Iterator[str]:
        for name in names:
            for token in self._named.get(name, ()):
                content = _value(token, "content").strip()
                if content:
                    yield content

    def edits(self, source_language: str, options: Options, xml: bool) -> Iterator[Edit]:
        """State the target language and where the text comes from."""
        target = options.target_language
        root = self._root
        if root is not None and not (_value(root, "lang") or _value(root, "xml:lang")):
            name = _TAG_NAME.match(self._text, root.start)
            assert name is not None
            stated = "xml:lang" if xml else "lang"
            yield Edit(name.end(), name.end(), f' {stated}="{target}"')
        for key in _LANGUAGE_NAMES:
            for token in self._named.get(key, ()):
                content = token.get("content")
                stated = _value(token, "content").strip().replace("_", "-")
                if content is not None and stated and same_language(stated, source_language):
                    value = _locale(target) if key == "og:locale" else target
                    yield Edit(content.start, content.end, f'"{value}"')
        if self._end is not None:
            close = "/>" if xml else ">"
            elements = [
                f'<meta name="generator" content="{escape(options.provenance)}"{close}',
            ]
            if self.address and not self._has_alternate(source_language):
                href = escape(self.address)
                elements.insert(
                    0,
                    f'<link rel="alternate" hreflang="{source_language}" href="{href}"{close}',
                )
            yield self._at_end(elements)

    def _at_end(self, elements: list[str]) -> Edit:
        """Add elements to the head, each on a line of its own if the last one there is."""
        assert self._end is not None
        text = self._text
        place = self._end
        while place and text[place - 1] in " \t\r\n":
            place -= 1
        if "\n" not in text[place : self._end]:
            return Edit(place, place, "".join(elements))
        indent = _INDENT.match(text, text.rfind("\n", 0, place) + 1)
        assert indent is not None
        lines = "".join(f"{newline(text)}{indent.group()}{element}" for element in elements)
        return Edit(place, place, lines)

    def _linked(self, relation: str) -> str | None:
        for token in self._links:
            if relation in _value(token, "rel").lower().split() and _value(token, "href"):
                return _value(token, "href").strip()
        return None

    def _has_alternate(self, language: str) -> bool:
        return any(
            "alternate" in _value(token, "rel").lower().split()
            and same_language(_value(token, "hreflang"), language)
            for token in self._links
        )


def _value(token: Token, name: str) -> str:
    attribute = token.get(name)
    return unescape(attribute.value) if attribute is not None else ""


def _locale(tag: str) -> str:
    """A BCP 47 tag as the Open Graph protocol writes it: language_TERRITORY."""
    language, _, rest = tag.partition("-")
    return f"{language}_{(rest or language).upper()}"
