"""Plain wire text as blocks, each with its exact place, and the text with others in them.

Paragraphs are set apart by blank lines. Within a stretch of lines a break was a *wrap* if the next
word would not have fitted in the width the text is wrapped to, or goes on with a small letter; any
other break was meant and starts a new block. A wrapped paragraph is one line of text in its block
and is wrapped again to the same width, with the same indents, when a translation is written.

Markers of lists, ``^`` and ``<`` around wire headlines, separators (``___``, ``***``, ``-30-``,
``END``), numbers and all white space between blocks stay as they are. Columns set apart by tabs or
three spaces are blocks of their own. C0 control characters count as white space: at the edge of a
block they stay, within one they become a space; lone surrogates within one become U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from koerier.data.formats.plain_roles import Roles, is_byline
from koerier.pipeline.story import Block, Edit, Role, apply_edits

_LINE = re.compile(r"([^\r\n\f\x85\u2028\u2029]*)(\r\n?|[\n\f\x85\u2028\u2029]|\Z)")
_SPACES = "".join(map(chr, range(0x21))) + "\x7f"
_SPACE = re.compile(f"[{re.escape(_SPACES)}]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MARKER = re.compile(r"(?:[-–—•*·▪■●◦‣⁃►]|\(?\d{1,2}[.)]|o(?= {2}))[ \t\xa0]+(?=\S)")
_END_MARK = re.compile(r"[-–—(#* ]*(?:END|ENDS|MORE|NNNN)[-–—)#* ]*")
_WIRE_MARK = re.compile(r"\^+[ \t]*")
_WORD = re.compile(f"[^{re.escape(_SPACES)}]{{1,100}}")
_STOPS = ".!?:;"

LONGEST_WRAP = 100
"""Characters: a text with longer lines is not wrapped by hand."""
SHORTEST_WRAP = 45
"""Characters: lines this short were broken for a reason."""
_NEARLY = 0.9
"""Share of the width that a wrapped line with its next word must exceed."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line from `begin` to `stop`; ``[start, end)`` is its text without white space around."""

    begin: int
    start: int
    end: int
    stop: int

    @property
    def blank(self) -> bool:
        return self.start == self.end

    @property
    def indent(self) -> int:
        return self.start - self.begin

    @property
    def width(self) -> int:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands.

    Attributes:
        whole: the lines that leave with the block, None if others share them.
        width: what to wrap to, 0 for one line; the first line has `first` characters of it.
        joint: what stands between two wrapped lines: line end and indent.
    """

    start: int
    end: int
    whole: tuple[int, int] | None
    width: int = 0
    first: int = 0
    joint: str = ""


class PlainBlocks:
    """A plain text as blocks.

    Args:
        id_prefix: put before the id of each block.
        story: whether the text is a whole story, which begins with slug, headline and byline; if
            not, it is the body of one.

    Attributes:
        blocks: in order, ids ``b1``, ``b2``...
    """

    def __init__(self, text: str, id_prefix: str = "", *, story: bool = True) -> None:
        self.text = text
        self.blocks: list[Block] = []
        self._places: dict[str, _Place] = {}
        self._prefix = id_prefix
        lines = list(_lines(text))
        self._wrap_width = _wrap_width(lines)
        roles = Roles(story)
        for paragraph, after in _paragraphs(text, lines, self._wrap_width):
            self._read(paragraph, after, roles)
        for block, role in zip(self.blocks, roles.settle(), strict=True):
            block.role = role
            block.translate = role is not Role.SLUG

    def render(self, blocks: Sequence[Block]) -> str:
        """The text with translated blocks in their places; blocks of other ids are ignored."""
        edits = []
        for block in blocks:
            place = self._places.get(block.id)
            if place is None:
                continue
            if block.drop:
                if place.whole is not None:
                    edits.append(Edit(*place.whole, ""))
            elif block.translate and block.translated:
                target = block.assemble()[0]
                if target != block.source:
                    edits.append(Edit(place.start, place.end, _wrapped(target, place)))
        return apply_edits(self.text, edits)[0]

    def _read(self, lines: Sequence[_Line], after: int, roles: Roles) -> None:
        """Make one block of the lines of a paragraph, or several of the columns of one line."""
        first, last = lines[0], lines[-1]
        start, end = first.start, last.end
        mark = _WIRE_MARK.match(self.text, start, end)
        start = mark.end() if mark else start
        marker = _MARKER.match(self.text, start, end)
        start = marker.end() if marker else start
        if mark or self.text[end - 1] == "<":
            end = start + len(self.text[start:end].rstrip(f"<={_SPACES}"))
        cells = list(_cells(self.text, start, end)) if len(lines) == 1 else []
        if len(cells) > 1:
            for cell in cells:
                self._add(_Place(*cell, None), roles, cell=True)
            return
        place = _Place(start, end, (first.begin, after))
        if len(lines) > 1:
            place = replace(
                place,
                first=self._wrap_width - (start - first.begin),
                width=self._wrap_width - (lines[1].indent),
                joint=self.text[first.end : lines[1].start],
            )
        self._add(place, roles, item=marker is not None)

    def _add(self, place: _Place, roles: Roles, *, item: bool = False, cell: bool = False) -> None:
        source = _readable(self.text[place.start : place.end])
        if not any(map(str.isalpha, source)) or _END_MARK.fullmatch(source):
            roles.separator()
            return
        block = Block(f"{self._prefix}b{len(self.blocks) + 1}", Role.PARAGRAPH, source)
        self.blocks.append(block)
        self._places[block.id] = place
        roles.add(source, item=item, cell=cell)


class PlainLine:
    """A text that is one block whatever its lines: a headline, a byline.

    Attributes:
        blocks: the block, its id is `id`; none if there is no letter in the text.
    """

    def __init__(self, text: str, id: str, role: Role) -> None:
        self.text = text
        source = _readable(text)
        self.blocks = [Block(id, role, source)] if any(map(str.isalpha, source)) else []

    def render(self, blocks: Sequence[Block]) -> str:
        """The text with the translated block in its place; blocks of other ids are ignored."""
        for block in blocks:
            if self.blocks and block.id == self.blocks[0].id and block.translated:
                target = block.assemble()[0]
                if target != block.source and block.translate:
                    stripped = self.text.strip(_SPACES)
                    lead, _, trail = self.text.partition(stripped)
                    return f"{lead}{target}{trail}"
        return self.text


def _readable(raw: str) -> str:
    return _SURROGATE.sub("\ufffd", _SPACE.sub(" ", raw)).strip(" ")


def _lines(text: str) -> Iterator[_Line]:
    for match in _LINE.finditer(text):
        begin, end = match.span(1)
        lead = _SPACE.match(text, begin, end)
        start = lead.end() if lead else begin
        end = start + len(text[start:end].rstrip(_SPACES))
        if match.end() > match.start():
            yield _Line(begin, start, end, match.end())


def _wrap_width(lines: Sequence[_Line]) -> int:
    """The width the text is wrapped to, 0 if it is not."""
    filled = [line for line in lines if not line.blank]
    if sum(line.width > LONGEST_WRAP for line in filled) * 10 > len(filled):
        return 0
    continued = [
        line.width
        for line, following in pairwise(lines)
        if not line.blank and not following.blank and line.width <= LONGEST_WRAP
    ]
    width = max(continued, default=0)
    return width if width >= SHORTEST_WRAP else 0


def _paragraphs(
    text: str, lines: Sequence[_Line], width: int
) -> Iterator[tuple[Sequence[_Line], int]]:
    """The lines of each paragraph, and where the next one begins."""
    filled = [index for index, line in enumerate(lines) if not line.blank]
    position = 0
    while position < len(filled):
        paragraph = [lines[filled[position]]]
        position += 1
        while position < len(filled) and filled[position] == filled[position - 1] + 1:
            line = lines[filled[position]]
            if not width or not _is_wrap(text, paragraph, line, width):
                break
            paragraph.append(line)
            position += 1
        last = position == len(filled)
        yield paragraph, lines[-1].stop if last else lines[filled[position]].begin


def _is_wrap(text: str, paragraph: Sequence[_Line], line: _Line, width: int) -> bool:
    """Whether `line` goes on where the last line of `paragraph` was full."""
    last = paragraph[-1]
    word = _WORD.match(text, line.start)
    assert word is not None
    if last.width > LONGEST_WRAP:
        return False
    goes_on = word.group()[0].islower() and text[last.end - 1] not in _STOPS
    if last.width + 1 + len(word.group()) <= _NEARLY * width and not goes_on:
        return False
    hanging = len(paragraph) == 1 and _MARKER.match(text, last.start) is not None
    if line.indent > last.indent and not hanging:
        return False
    if (
        _MARKER.match(text, line.start, line.end)
        or text[line.start] == "^"
        or text[last.end - 1] == "<"
    ):
        return False
    return not any(
        is_byline(text[one.start : one.end])
        or not any(map(str.isalnum, text[one.start : one.end]))
        or len(list(_cells(text, one.start, one.end))) > 1
        for one in (last, line)
    )


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The columns of a line; one range if it has none."""
    cursor = start
    for gap in _SPACE.finditer(text, start, end):
        if "\t" in gap.group() or "   " in gap.group():
            if cursor < gap.start():
                yield cursor, gap.start()
            cursor = gap.end()
    if cursor < end:
        yield cursor, end


def _wrapped(text: str, place: _Place) -> str:
    """`text` wrapped as the original was, if it was."""
    if not place.width:
        return text
    lines: list[str] = []
    line, room = "", place.first
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, place.width
        else:
            line = f"{line} {word}" if line else word
    return place.joint.join([*lines, line])
