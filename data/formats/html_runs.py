"""A run of HTML text and inline markup as the text and tags of a block.

Character data is read as the reader sees it: references decoded by the rules of `html.unescape`,
white space collapsed, C0 control characters counted as white space, lone surrogates (from broken
JSON escapes) replaced by U+FFFD.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from itertools import accumulate

from koerier.data.formats.html_tokens import Token
from koerier.pipeline.story import Tag

_SPACES = "".join(map(chr, range(0x21))) + "\x7f"
_SPACE = re.compile(f"[{re.escape(_SPACES)}]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

DEPTH_LIMIT = 64
"""Inline elements inside one another; the tags of deeper ones stay alone."""


def plain(raw: str) -> str:
    """Character data as the reader sees it."""
    return _SURROGATE.sub("\ufffd", _SPACE.sub(" ", unescape(raw)))


@dataclass(slots=True)
class Item:
    """A part ``[start, end)`` of a run.

    Attributes:
        text: decoded character data; None for markup.
        token: the tag this is, None for a text or a comment.
        kind: as in `Tag.kind`.
        half: a tag that wants a partner; `closing` if it is an end tag.
        solid: lone markup that takes its place in the line: white space beside it counts.
        worded: solid markup whose words belong to the sentence, as of ``<code>``.
        partner: index of the tag that closes or opens this one.
    """

    start: int
    end: int
    text: str | None = None
    token: Token | None = None
    kind: str = ""
    half: bool = False
    closing: bool = False
    solid: bool = False
    worded: bool = False
    partner: int | None = None


@dataclass(frozen=True, slots=True)
class RunText:
    """Text and tags of ``[start, end)`` of the HTML.

    Attributes:
        ranges: of the raw opening markup, by tag id.
        balanced: every tag in the range has its partner there.
        wrapper: the start tag of an inline element around all of it.
    """

    text: str
    tags: list[Tag]
    start: int
    end: int
    ranges: dict[str, tuple[int, int]]
    balanced: bool
    wrapper: Token | None


class Run:
    """Collects items between two block boundaries, pairing tags as they come."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._open: list[int] = []
        self._names: Counter[str] = Counter()
        self._too_deep: Counter[str] = Counter()
        self._first: int | None = None

    @property
    def balanced(self) -> bool:
        """Whether every tag has its partner in the run."""
        return all(item.partner is not None for item in self._items if item.half)

    @property
    def divisible(self) -> bool:
        """Whether the run could end here: no element that began behind its first word is open."""
        return not self._open or self._first is None or self._open[-1] < self._first

    def add(self, item: Item) -> None:
        """Add a text or a lone piece of markup."""
        if self._first is None and (item.worded or (item.text or "").strip(" ")):
            self._first = len(self._items)
        self._items.append(item)

    def open(self, item: Item) -> None:
        """Add a start tag that may get its end tag in this run."""
        item.half = True
        if len(self._open) < DEPTH_LIMIT:
            self._open.append(len(self._items))
            self._names[item.kind] += 1
        else:
            self._too_deep[item.kind] += 1
        self._items.append(item)

    def close(self, item: Item) -> None:
        """Add an end tag; start tags still open inside its element stay alone."""
        item.half = item.closing = True
        if self._too_deep[item.kind]:
            self._too_deep[item.kind] -= 1
        elif self._names[item.kind]:
            while True:
                index = self._open.pop()
                self._names[self._items[index].kind] -= 1
                if self._items[index].kind == item.kind:
                    break
            self._items[index].partner = len(self._items)
            item.partner = index
        self._items.append(item)

    def build(self, raw: str) -> RunText | None:
        """What was collected, without the markup and white space around it; None without text."""
        items = self._items
        content = [
            bool(item.text.strip(" ")) if item.text is not None else item.worded for item in items
        ]
        if not any(item.text and item.text.strip(" ") for item in items):
            return None
        first = content.index(True)
        last = len(content) - 1 - content[::-1].index(True)
        begin, finish = first, last
        for index, item in enumerate(items[: last + 1]):
            if item.partner is not None and not item.closing:
                if index < begin and item.partner > first:
                    begin = index
                if begin <= index:
                    finish = max(finish, item.partner)
        return _Builder(raw, items, content).build(begin, finish)


@dataclass(slots=True)
class _Builder:
    raw: str
    items: list[Item]
    content: list[bool]
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    tags: list[Tag] = field(default_factory=list)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    solid: set[str] = field(default_factory=set)

    def build(self, begin: int, finish: int) -> RunText:
        items = self.items
        counts = [0, *accumulate(self.content)]
        enclosing: list[Tag] = []
        balanced = True
        index = begin
        while index <= finish:
            item = items[index]
            if item.text is not None:
                self._text(item.text)
            elif item.closing and item.partner is not None:
                tag = enclosing.pop()
                tag.end, tag.close = self.length, self.raw[item.start : item.end]
            elif item.partner is not None and counts[item.partner] > counts[index]:
                enclosing.append(self._tag(item, item.end, enclosing))
            elif item.partner is not None:
                self._hollow(items[index : item.partner + 1], enclosing)
                index = item.partner
            else:
                balanced = balanced and not item.half
                tag = self._tag(item, item.end, enclosing)
                if item.solid:
                    self.solid.add(tag.id)
                if item.kind == "br":
                    self._text(" ")
            index += 1
        return RunText(
            self._trimmed_text(),
            self.tags,
            *self._trimmed_range(items[begin], items[finish]),
            self.ranges,
            balanced,
            items[begin].token if items[begin].partner == finish else None,
        )

    def _tag(self, item: Item, end: int, enclosing: list[Tag]) -> Tag:
        parent = enclosing[-1].id if enclosing else None
        raw = self.raw[item.start : end]
        tag = Tag(f"t{len(self.tags) + 1}", self.length, self.length, raw, "", item.kind, parent)
        self.ranges[tag.id] = (item.start, end)
        self.tags.append(tag)
        return tag

    def _hollow(self, items: list[Item], enclosing: list[Tag]) -> None:
        """A pair of tags without text between them: one lone tag."""
        tag = self._tag(items[0], items[-1].end, enclosing)
        if any(item.solid for item in items):
            self.solid.add(tag.id)
        if any(item.text for item in items):
            self._text(" ")

    def _text(self, text: str) -> None:
        if text.startswith(" ") and (not self.pieces or self.pieces[-1].endswith(" ")):
            text = text[1:]
            last = self.tags[-1] if self.tags else None
            if last and last.id in self.solid and last.start == self.length:
                # The space before it is in the text; the one behind it would be lost.
                last.open += " "
        if text:
            self.pieces.append(text)
            self.length += len(text)

    def _trimmed_text(self) -> str:
        text = "".join(self.pieces)
        if not text.endswith(" "):
            return text
        text = text[:-1]
        spaced = False
        for tag in self.tags:
            if tag.start > len(text) and tag.id in self.solid and not spaced:
                tag.open, spaced = f" {tag.open}", True
            tag.start, tag.end = min(tag.start, len(text)), min(tag.end, len(text))
        return text

    def _trimmed_range(self, first: Item, last: Item) -> tuple[int, int]:
        start, end = first.start, last.end
        if first.text is not None and (space := _SPACE.match(self.raw, start)):
            start = space.end()
        if last.text is not None:
            end = last.start + len(self.raw[last.start : end].rstrip(_SPACES))
        return start, end
