"""Splits English wire text into sentences: rules and word lists, no model, linear time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache

from koerier.pipeline.tables import parse_toml, shipped

Range = tuple[int, int]

SENTENCE_LIMIT = 1500
"""Characters a segment may have; a longer sentence is cut at its best clause boundary."""
SHORT_LINE = 40
"""A line break after a line shorter than this was meant; after a longer one it is a soft wrap."""

_QUOTES = "\"'“”‘’«»„"
_END = re.compile(r"""(?P<mark>[.!?…]+)(?P<close>["'”’»)\]]*)(?=\s)""")
_NEXT = re.compile(r"""\s+(?P<open>["'“‘«„(\[¿¡]*)(?P<word>\S{1,40})""")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?\.?")
_TOKEN_PARTS = re.compile(r"[-–—/]")
_INITIALS = re.compile(r"(?:[A-Z]\.)*[A-Z]|[A-Z][a-z]?(?:\.[A-Za-z])+")
_LOWER_BRAND = re.compile(r"[a-z]{1,2}[A-Z]")
_ENUMERATOR = re.compile(r"(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})")
_BRACKETS = re.compile(r"\([^()]{0,300}\)")
_BULLET = "•▪■●◦‣⁃"
_HARD_BREAK = re.compile(rf"\n[^\S\n]*\n|\n(?=\s*[-–—*]\s)|(?<=\s)(?=[{_BULLET}])|\n")
_CLAUSE_ENDS = tuple(re.compile(pattern) for pattern in (r"[;:](?=\s)", r",(?=\s)", r"\s"))


@dataclass(frozen=True, slots=True)
class SentenceRules:
    """What the splitter knows of a source language; see ``data/wire/sentences-en.toml``."""

    never: frozenset[str]
    before_number: frozenset[str]
    may_end: frozenset[str]
    times: frozenset[str]
    after_time: frozenset[str]
    marked_names: frozenset[str]
    starters: frozenset[str]
    attribution: re.Pattern[str]

    @staticmethod
    def parse(text: str, name: str) -> SentenceRules:
        """Raises KoerierError, naming file and key, if `text` does not fit."""
        table = parse_toml(text, name)
        table.only(*(field.name for field in fields(SentenceRules)))
        verbs = "|".join(re.escape(verb) for verb in table.strings("attribution")) or r"\Z."
        return SentenceRules(
            never=frozenset(table.strings("never")),
            before_number=frozenset(table.strings("before_number")),
            may_end=frozenset(table.strings("may_end")),
            times=frozenset(table.strings("times")),
            after_time=frozenset(table.strings("after_time")),
            marked_names=frozenset(table.strings("marked_names")),
            starters=frozenset(table.strings("starters")),
            attribution=re.compile(rf"\s+(?:[A-Z][\w'’.-]{{0,30}}\s+){{1,5}}(?:{verbs})\b"),
        )


@cache
def english() -> SentenceRules:
    """The rules for English that come with Koerier."""
    return SentenceRules.parse(shipped("wire", "sentences-en.toml"), "sentences-en.toml")


def sentences(
    text: str, rules: SentenceRules | None = None, breaks: Sequence[int] = ()
) -> list[Range]:
    """The sentences of `text` as trimmed, non-overlapping ranges, in linear time.

    All that lies outside the ranges is white space.

    Args:
        breaks: offsets, ascending, where a sentence ends whatever the text says.
    """
    rules = rules or english()
    found: list[Range] = []
    for start, end in _lines(text, breaks):
        for piece in _split_line(text, start, end, rules):
            found += _chop(text, *piece)
    return found


def _lines(text: str, breaks: Sequence[int]) -> Iterator[Range]:
    """The text cut where a line break or bullet surely ends a sentence, trimmed."""
    cuts = set(breaks)
    line = 0
    for match in _HARD_BREAK.finditer(text):
        broken = match.group()
        if broken == "\n":
            short = match.start() - max(line, text.rfind("\n", line, match.start())) < SHORT_LINE
            line = match.end()
            if not short:
                continue
        line = match.end()
        cuts.add(match.end())
    start = 0
    for end in (*sorted(cut for cut in cuts if 0 < cut < len(text)), len(text)):
        trimmed = trim(text, start, end)
        if trimmed:
            yield trimmed
        start = end


def trim(text: str, start: int, end: int) -> Range | None:
    """The range without white space at its edges; None if nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _split_line(text: str, start: int, end: int, rules: SentenceRules) -> Iterator[Range]:
    brackets = [match.span() for match in _BRACKETS.finditer(text, start, end)]
    closes = [close for _, close in brackets]
    for match in _END.finditer(text, start, end):
        if match.end() >= end:
            break
        at = bisect_left(closes, match.end() + 1)
        if at < len(brackets) and start < brackets[at][0] < match.start():
            continue
        if _ends_sentence(text, start, match, rules):
            yield start, match.end()
            start = match.end()
            while text[start].isspace():
                start += 1
    yield start, end


def _ends_sentence(text: str, start: int, match: re.Match[str], rules: SentenceRules) -> bool:
    """Whether the mark at `match` ends the sentence that began at `start`."""
    following = _NEXT.match(text, match.end())
    if following is None:
        return True
    opened, word = following["open"], following["word"]
    mark, quoted = match["mark"], any(char in _QUOTES for char in match["close"])
    quote_opens = any(char in _QUOTES for char in opened)
    capital = _opens_sentence(word)
    if not capital and not (quote_opens and mark == "." and not quoted):
        return False
    plain = _WORD.match(word)
    starter = plain is not None and plain.group().replace("’", "'") in rules.starters
    before = text[max(start, match.start() - 30) : match.start()].split()
    token = before[-1].lstrip(_QUOTES + "([") if before else ""

    if mark != ".":
        if "!" in mark or "?" in mark:
            if token + mark in rules.marked_names:
                return starter
            return not (quoted and not starter and rules.attribution.match(text, match.end()))
        return plain is None or not plain.group().startswith("I") or len(plain.group()) > 4
    if token + "." not in rules.may_end:
        token = _TOKEN_PARTS.split(token)[-1]
    dotted = token + "."
    if dotted in rules.never:
        return False
    if dotted in rules.before_number and word[0].isdigit():
        return False
    if match.start() - len(token) == start and _ENUMERATOR.fullmatch(token):
        return False
    if dotted in rules.times:
        return plain is None or plain.group().rstrip(".") not in rules.after_time
    if dotted in rules.may_end or _INITIALS.fullmatch(token):
        return capital and (starter or quoted or quote_opens)
    return True


def _opens_sentence(word: str) -> bool:
    first = word[0]
    if first.isalpha():
        return not first.islower() or _LOWER_BRAND.match(word) is not None
    return first.isdigit() or first in "$€£¥#@" or first in _BULLET


def _chop(text: str, start: int, end: int) -> Iterator[Range]:
    """Cut a sentence no engine could take into pieces, at the strongest boundary near the limit."""
    while end - start > SENTENCE_LIMIT:
        low, high = start + SENTENCE_LIMIT // 2, start + SENTENCE_LIMIT
        for boundary in _CLAUSE_ENDS:
            cuts = [match.end() for match in boundary.finditer(text, low, high)]
            if cuts:
                cut = cuts[-1]
                break
        else:
            cut = high
        piece = trim(text, start, cut)
        if piece:
            yield piece
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
