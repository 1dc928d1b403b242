"""HTML as a flat list of tokens with exact places, after the WHATWG tokenizer (HTML, 13.2.5).

`html.parser` of the standard library gives no places of attributes, and what it makes of broken
markup differs between Python releases; here every character of the text is in exactly one token,
and the work is linear in the length of the text whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto


def elements(names: str) -> frozenset[str]:
    """The element names in a string."""
    return frozenset(names.split())


VOID = elements(
    "area base basefont bgsound br col embed frame hr img input link meta param source track wbr"
)
_OPAQUE_TEXT = elements("script style xmp iframe noembed noframes")
_ESCAPABLE_TEXT = elements("title textarea")

_NAME = re.compile(r"[^\s/>]+", re.ASCII)
_SKIP = re.compile(r"[\s/]+", re.ASCII)
_ATTRIBUTE_NAME = re.compile(r"=?[^\s/>=]*", re.ASCII)
_EQUALS = re.compile(r"\s*=\s*", re.ASCII)
_UNQUOTED = re.compile(r"[^\s>]*", re.ASCII)
_COMMENT_END = re.compile(r"--!?>")
_HTML_PREFIX = re.compile(r"\A(?:x?html|h):(?=.)")


class Kind(Enum):
    TEXT = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMENT = auto()
    """Comments, declarations, processing instructions and tags the text ends in."""
    RAW = auto()
    """What stands in an element whose content is no markup: a script, a style sheet."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a start tag; ``[start, end)`` is the value, its quotes included."""

    name: str
    start: int
    end: int
    raw: str

    @property
    def quote(self) -> str:
        raw = self.raw
        return raw[0] if len(raw) > 1 and raw[0] in "\"'" and raw[-1] == raw[0] else ""

    @property
    def value(self) -> str:
        """The value as it stands, character references undecoded."""
        return self.raw[1:-1] if self.quote else self.raw


@dataclass(frozen=True, slots=True)
class Token:
    """A piece ``[start, end)`` of the text; `name` is the element in lower case, without prefix."""

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = field(default=())
    empty: bool = False
    """Whether a start tag is the whole element: a void one, or ``<x/>`` where that counts."""

    def get(self, name: str) -> Attribute | None:
        return next((one for one in self.attributes if one.name == name), None)


def tokenize(text: str, *, xml: bool = False) -> Iterator[Token]:
    """The tokens of `text`, in order and without gaps.

    Args:
        xml: ``<x/>`` is an empty element whatever its name, as in XHTML.
    """
    return _Tokenizer(text, xml).run()


class _Tokenizer:
    def __init__(self, text: str, xml: bool) -> None:
        self._text = text
        self._xml = xml
        self._last_gt = text.rfind(">")
        self._unclosed: set[str] = set()

    def run(self) -> Iterator[Token]:
        text, cursor, position = self._text, 0, 0
        while (position := text.find("<", position)) >= 0:
            token = self._markup(position)
            if token is None:
                position += 1
                continue
            if cursor < position:
                yield Token(Kind.TEXT, cursor, position)
            yield token
            cursor = position = token.end
            if token.kind is Kind.OPEN and not token.empty:
                end = self._raw_end(token)
                if end is not None:
                    if cursor < end:
                        escapable = token.name in _ESCAPABLE_TEXT
                        kind = Kind.TEXT if escapable else Kind.RAW
                        yield Token(kind, cursor, end, token.name)
                    cursor = position = end
        if cursor < len(text):
            yield Token(Kind.TEXT, cursor, len(text))

    def _markup(self, start: int) -> Token | None:
        """The markup that begins at `start`, None where ``<`` is but a character."""
        text = self._text
        following = text[start + 1 : start + 2]
        if following.isascii() and following.isalpha():
            return self._tag(start, start + 1, Kind.OPEN)
        if following == "/":
            after = text[start + 2 : start + 3]
            if after.isascii() and after.isalpha():
                return self._tag(start, start + 2, Kind.CLOSE)
            return self._until(start, ">", start + 2) if after else None
        if following == "!":
            return self._declaration(start)
        return self._until(start, ">", start + 2) if following == "?" else None

    def _declaration(self, start: int) -> Token:
        text = self._text
        if text.startswith("<!--", start):
            for short in ("<!-->", "<!--->"):
                if text.startswith(short, start):
                    return Token(Kind.COMMENT, start, start + len(short))
            closing = _COMMENT_END.search(text, start + 4)
            return Token(Kind.COMMENT, start, closing.end()) if closing else self._rest(start)
        if self._xml and text.startswith("<![CDATA[", start):
            return self._until(start, "]]>", start + 9)
        return self._until(start, ">", start + 2)

    def _until(self, start: int, mark: str, search_from: int) -> Token:
        found = self._text.find(mark, search_from)
        if found < 0:
            return self._rest(start)
        return Token(Kind.COMMENT, start, found + len(mark))

    def _rest(self, start: int) -> Token:
        return Token(Kind.COMMENT, start, len(self._text))

    def _tag(self, start: int, name_start: int, kind: Kind) -> Token | None:
        text, length = self._text, len(self._text)
        if self._last_gt < start:
            return None
        match = _NAME.match(text, name_start)
        assert match is not None
        name = _HTML_PREFIX.sub("", match.group().lower(), count=1)
        attributes: list[Attribute] = []
        position, slash = match.end(), False
        while True:
            skipped = _SKIP.match(text, position)
            if skipped:
                position, slash = skipped.end(), skipped.group().endswith("/")
            if position >= length:
                return self._rest(start)
            if text[position] == ">":
                break
            attribute, position = self._attribute(position)
            slash = False
            attributes.append(attribute)
        empty = kind is Kind.OPEN and (
            name in VOID or (slash and (self._xml or name in ("svg", "math")))
        )
        if kind is Kind.CLOSE:
            attributes = []
        return Token(kind, start, position + 1, name, tuple(attributes), empty)

    def _attribute(self, start: int) -> tuple[Attribute, int]:
        text = self._text
        match = _ATTRIBUTE_NAME.match(text, start)
        assert match is not None
        name, position = match.group().lower(), match.end()
        equals = _EQUALS.match(text, position)
        if equals is None:
            return Attribute(name, position, position, ""), position
        position = equals.end()
        quote = text[position : position + 1]
        if quote and quote in "\"'":
            closing = text.find(quote, position + 1)
            if closing >= 0:
                end = closing + 1
                return Attribute(name, position, end, text[position:end]), end
        unquoted = _UNQUOTED.match(text, position)
        assert unquoted is not None
        end = unquoted.end()
        return Attribute(name, position, end, text[position:end]), end

    def _raw_end(self, token: Token) -> int | None:
        """Where the raw content after a start tag ends, None where its content is markup."""
        name = token.name
        if name == "plaintext":
            return len(self._text)
        if name not in _OPAQUE_TEXT and name not in _ESCAPABLE_TEXT:
            return None
        if name not in self._unclosed:
            closing = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII)
            found = closing.search(self._text, token.end)
            if found:
                return found.start()
            self._unclosed.add(name)
        # A title that is never closed must not swallow the story.
        return len(self._text) if name in _OPAQUE_TEXT else None
