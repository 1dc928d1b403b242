"""Blocks into segments, with inline markup kept whole.

A sentence is never cut because of markup; a tag that runs over a sentence boundary is cut instead,
keeps its id in each part, and `Block.assemble` joins the parts again. White space between
sentences belongs to no segment and is copied by `Block.assemble`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from koerier.pipeline.sentences import Range, sentences, trim
from koerier.pipeline.story import Block, Origin, Role, Segment, Status, Tag
from koerier.pipeline.wire import FixedSpan

WHOLE_ROLES = frozenset({Role.HEADLINE, Role.CAPTION, Role.SLUG})
"""Roles whose text is one segment, as long as it is short enough for an engine to see whole."""
WHOLE_LIMIT = 300
"""Characters up to which such a text stays whole."""
_WORD_EDGE = re.compile(r"\w+|[^\w\s]")


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
        free = _sentences_between(block, cursor, span.start, breaks)
        pieces += [(*piece, None) for piece in free]
        pieces.append((span.start, span.end, span))
        cursor = span.end
    free = _sentences_between(block, cursor, len(text), breaks)
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


def _sentences_between(block: Block, start: int, end: int, breaks: Sequence[int]) -> list[Range]:
    """The sentences of what fixed spans leave free."""
    text = block.source[start:end]
    if block.role in WHOLE_ROLES and len(text) <= WHOLE_LIMIT:
        whole = trim(text, 0, len(text))
        found = [whole] if whole else []
    else:
        inner = [cut - start for cut in breaks if start < cut < end]
        found = sentences(text, breaks=inner)
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

    Places move by one ascending map through the tokens that both sides share, and replaced tokens
    in their order, so nesting is kept.
    """
    if source == target or not tags:
        return list(tags)
    old = [match.span() for match in _WORD_EDGE.finditer(source)]
    new = [match.span() for match in _WORD_EDGE.finditer(target)]
    matcher = SequenceMatcher(
        None, [source[a:b] for a, b in old], [target[a:b] for a, b in new], autojunk=False
    )
    knots: dict[int, int] = {}
    for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        pairs = zip(old[old_from:old_to], new[new_from:new_to], strict=False)
        for (old_start, old_end), (new_start, new_end) in pairs:
            knots[old_start], knots[old_end] = new_start, new_end
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
