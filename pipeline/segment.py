"""Blocks into segments: sentence splitting that knows wire text, with inline markup kept whole.

A sentence is never cut because of markup; a tag that runs over a sentence boundary is cut instead,
keeps its id in each part, and `Block.assemble` joins the parts again. White space between
sentences belongs to no segment and is copied by `Block.assemble`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise

from koerier.pipeline.story import Block, Origin, Role, Segment, Status, Tag
from koerier.pipeline.tables import parse_toml, shipped
from koerier.pipeline.wire import FixedSpan

Range = tuple[int, int]

WHOLE_ROLES = frozenset({Role.HEADLINE, Role.CAPTION, Role.SLUG})
"""Roles whose text is one segment, as long as it is short enough for an engine to see whole."""
WHOLE_LIMIT = 300
"""Characters up to which such a text stays whole."""
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
_WORD_EDGE = re.compile(r"\w+|[^\w\s]")


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
        trimmed = _trim(text, start, end)
        if trimmed:
            yield trimmed
        start = end


def _trim(text: str, start: int, end: int) -> Range | None:
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
    if not _opens_sentence(word):
        return False
    mark, quoted = match["mark"], any(char in _QUOTES for char in match["close"])
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
        return starter or quoted or any(char in _QUOTES for char in opened)
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
        piece = _trim(text, start, cut)
        if piece:
            yield piece
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def segment(block: Block, fixed: Sequence[FixedSpan]) -> None:
    """Fill ``block.segments``: the fixed spans, settled, and the sentences between them.

    Segment ids are ``{block.id}.s1``, ``.s2``... in order of the text. Every tag of the block goes
    into at least one segment; edges of tags in white space between segments move to the nearest
    segment. A block without visible text gets no segments.

    Args:
        fixed: sorted, non-overlapping, as `koerier.pipeline.wire.recognise` gives them.
    """
    text = block.source
    pieces: list[tuple[int, int, FixedSpan | None]] = []
    breaks = _double_breaks(block)
    cursor = 0
    for span in fixed:
        free = _sentences_between(block, cursor, span.start, breaks, beside_fixed=True)
        pieces += [(*piece, None) for piece in free]
        pieces.append((span.start, span.end, span))
        cursor = span.end
    free = _sentences_between(block, cursor, len(text), breaks, beside_fixed=bool(fixed))
    pieces += [(*piece, None) for piece in free]

    block.segments = []
    for number, (start, end, settled) in enumerate(pieces, 1):
        part = Segment(id=f"{block.id}.s{number}", source=text[start:end], start=start)
        if settled is not None:
            part.settle(settled.target, Origin(kind="rule", id=settled.rule), Status.TRANSLATED)
        block.segments.append(part)
    _deal_tags(block)
    for part in block.segments:
        if part.status is not Status.INITIAL:
            part.target_tags = carry_tags(part.source, part.target, part.tags)


def _sentences_between(
    block: Block, start: int, end: int, breaks: Sequence[int], *, beside_fixed: bool
) -> list[Range]:
    """The sentences of what fixed spans leave free; lone punctuation beside them is no segment."""
    text = block.source[start:end]
    if block.role in WHOLE_ROLES and len(text) <= WHOLE_LIMIT:
        whole = _trim(text, 0, len(text))
        found = [whole] if whole else []
    else:
        inner = [cut - start for cut in breaks if start < cut < end]
        found = sentences(text, breaks=inner)
    if beside_fixed:
        found = [piece for piece in found if any(char.isalnum() for char in text[slice(*piece)])]
    return [(start + first, start + last) for first, last in found]


def _double_breaks(block: Block) -> list[int]:
    """Offsets where two line-break tags stand together: a paragraph's end inside the block."""
    places = [tag.start for tag in block.tags if tag.kind == "br" and not tag.paired]
    return sorted(
        {second for first, second in pairwise(places) if not block.source[first:second].strip()}
    )


def _deal_tags(block: Block) -> None:
    """Give each segment its part of every tag, so that a part's parent is always there too."""
    parts = block.segments
    if not parts:
        return
    starts, ends = [part.start for part in parts], [part.end for part in parts]
    placed: dict[str, range] = {}
    for tag in block.tags:
        first, last = bisect_left(ends, tag.start + 1), bisect_left(starts, tag.end)
        where = range(first, last)
        if not where:
            near = bisect_left(ends, tag.start)
            if near == len(parts) or (tag.start < starts[near] and near > 0):
                near -= 1
            home = placed.get(tag.parent) if tag.parent is not None else None
            if home:
                near = min(max(near, home.start), home.stop - 1)
            where = range(near, near + 1)
        placed[tag.id] = where
        for index in where:
            part = parts[index]
            low = min(max(tag.start, part.start), part.end) - part.start
            high = min(max(tag.end, part.start), part.end) - part.start
            part.tags.append(replace(tag, start=low, end=high))


def carry_tags(source: str, target: str, tags: Sequence[Tag]) -> list[Tag]:
    """Tags of `source` at the corresponding places of `target`, for a target made by rule.

    Places move by one ascending map through the tokens that both sides share, so nesting is kept.
    """
    if not tags:
        return []
    old = [match.span() for match in _WORD_EDGE.finditer(source)]
    new = [match.span() for match in _WORD_EDGE.finditer(target)]
    matcher = SequenceMatcher(
        None, [source[a:b] for a, b in old], [target[a:b] for a, b in new], autojunk=False
    )
    knots: dict[int, int] = {}
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            (a, b), (c, d) = old[block.a + step], new[block.b + step]
            knots[a], knots[b] = c, d
    knots |= {0: 0, len(source): len(target)}
    places = sorted(knots)
    edges = sorted({0, len(target), *(edge for span in new for edge in span)})

    def moved(place: int) -> int:
        if place in knots:
            return knots[place]
        right = bisect_left(places, place)
        low, high = places[right - 1], places[right]
        share = (place - low) / (high - low)
        wanted = knots[low] + share * (knots[high] - knots[low])
        near = bisect_left(edges, wanted)
        choice = edges[max(0, near - 1) : near + 1]
        return min(choice, key=lambda edge: abs(edge - wanted))

    return [replace(tag, start=moved(tag.start), end=moved(tag.end)) for tag in tags]
