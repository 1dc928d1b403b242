"""Fixed spans: the parts of a wire story that a newsroom translates by convention.

Datelines, photo credits, ``FILE -``, ``READ MORE:``, contributor lines, copyright lines and the
like have one right Dutch form that a translation engine does not know. They are recognised here
by rules kept in ``data/wire/`` and ``data/names/datelines.csv``; names of persons are copied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from koerier.pipeline.conventions import Conventions, Rule, namesake, place
from koerier.pipeline.credits import closing_credit, credit_block
from koerier.pipeline.datelines import dateline, dateline_block
from koerier.pipeline.sentences import sentences
from koerier.pipeline.story import Block, Role

__all__ = ["Conventions", "FixedSpan", "is_boilerplate", "recognise"]

EDGE = 600
"""Characters at the edges of a block that rules look at, so that no block is slow."""

_RUNNING_TEXT = frozenset({Role.PARAGRAPH, Role.BOILERPLATE, Role.NOTE, Role.LIST_ITEM})
_LIST_MARKS = re.compile(r"(,? (?:and|AND) |, )")
_DESK_MARKS = re.compile(r";\s*|\.\s+(?=[A-Z][a-z]+(?: [a-z]+){0,2} by )")
_TOKEN = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[@#]\w+|[|•·,;/&–—-]+"
    r"|(?:[\w-]+\.)+[a-z]{2,6}/\S*|(?:[\w-]+\.)+(?:com|org|net|eu|gov|edu|int|info|nl|be|uk|de|fr)"
)
_PHONE = re.compile(r"(?:[Tt]el\.?:? )?(?:\+?[(\d][\d() -]{5,20}\d|\+?\d{1,4}(?:\.\d{2,4}){2,4})")


@dataclass(frozen=True, slots=True)
class FixedSpan:
    """A range of a block's source, its final target text and the id of the rule that gave it."""

    start: int
    end: int
    target: str
    rule: str


def recognise(block: Block, conventions: Conventions) -> list[FixedSpan]:
    """The fixed spans of a block: sorted, not overlapping, edges without white space."""
    text = block.source
    if not text.strip():
        return []
    found = _whole_block(block, conventions)
    if found:
        return found
    tail = max(0, len(text) - EDGE)
    opening = dateline(text[:EDGE], conventions)
    if opening:
        start = len(text) - len(text.lstrip())
        found.append(FixedSpan(start, opening[0], opening[1], "wire.dateline"))
    else:
        found += _match_start(block, conventions)
    closing: list[FixedSpan] = []
    if block.role is not Role.HEADLINE:
        credited = closing_credit(text[tail:], conventions, caption=block.role is Role.CAPTION)
        if credited:
            first, last, target = credited
            closing.append(FixedSpan(first + tail, last + tail, target, "wire.credit"))
    closing = closing or _match_end(block, conventions) or _whole_sentences(block, conventions)
    reached = found[-1].end if found else 0
    return found + [span for span in closing if span.start >= reached]


def is_boilerplate(block: Block, conventions: Conventions) -> bool:
    """Whether the block is agency matter only (read-more lines, contributors, copyright).

    A paper may want to leave such a block out of the Dutch story.
    """
    if block.role is Role.BOILERPLATE:
        return True
    marked = {rule.id: rule.where for rule in conventions.rules if rule.boilerplate}
    spans = [span for span in recognise(block, conventions) if span.rule in marked]
    if not spans:
        return False
    text = block.source
    if marked[spans[0].rule] == "start" and not text[: spans[0].start].strip():
        return True
    return all(
        any(span.start < end and start < span.end for span in spans)
        for start, end in sentences(text)
    )


def _whole_block(block: Block, conventions: Conventions) -> list[FixedSpan]:
    start = len(block.source) - len(block.source.lstrip())
    text = block.source.strip()
    if len(text) > EDGE:
        return []
    target, rule = None, ""
    if block.role is Role.DATELINE:
        target, rule = dateline_block(text, conventions), "wire.dateline"
    elif block.role is Role.CREDIT:
        target, rule = credit_block(text, conventions), "wire.credit"
    if target is None and (
        _PHONE.fullmatch(text) or all(_TOKEN.fullmatch(token) for token in text.split())
    ):
        target, rule = text, "wire.copy"
    if target is not None:
        return [FixedSpan(start, start + len(text), target, rule)]
    return _match_whole(block, start, start + len(text), conventions)


def _whole_sentences(block: Block, conventions: Conventions) -> list[FixedSpan]:
    """Agency sentences among others in one paragraph: "... contributed to this report."."""
    if block.role not in _RUNNING_TEXT:
        return []
    tail = max(0, len(block.source) - EDGE)
    found = []
    for start, end in sentences(block.source[tail:])[1 if tail else 0 :]:
        found += _match_whole(block, start + tail, end + tail, conventions)
    return found


def _match_whole(block: Block, start: int, end: int, conventions: Conventions) -> list[FixedSpan]:
    text = block.source[start:end]
    for rule in _rules(block, conventions, "whole"):
        match = rule.pattern.fullmatch(text)
        if match:
            spans = _apply(rule, match, start, conventions)
            if spans:
                return spans
    return []


def _rules(block: Block, conventions: Conventions, where: str) -> Iterator[Rule]:
    for rule in conventions.rules:
        if rule.where == where and (not rule.roles or block.role in rule.roles):
            yield rule


def _match_start(block: Block, conventions: Conventions) -> list[FixedSpan]:
    text = block.source[:EDGE]
    skip = len(text) - len(text.lstrip())
    for rule in _rules(block, conventions, "start"):
        match = rule.pattern.match(text, skip)
        if match and match.end() > skip:
            spans = _apply(rule, match, 0, conventions)
            if spans:
                return spans
    return []


def _match_end(block: Block, conventions: Conventions) -> list[FixedSpan]:
    tail = max(0, len(block.source) - EDGE)
    text = block.source[tail:].rstrip()
    for rule in _rules(block, conventions, "end"):
        for match in rule.pattern.finditer(text):
            if match.end() == len(text) and match.group():
                spans = _apply(rule, match, tail, conventions)
                if spans:
                    return spans
    return []


def _apply(
    rule: Rule, match: re.Match[str], offset: int, conventions: Conventions
) -> list[FixedSpan]:
    """The spans a rule makes of a match: one, or two around its ``{rest}``; none if unsure."""
    filled = [""]
    for literal, name, kind, _ in Formatter().parse(rule.target):
        filled[-1] += literal
        if name == "rest":
            filled.append("")
        elif name is not None:
            converted = _CONVERSIONS[kind or ""](match[name] or "", conventions)
            if converted is None:
                return []
            filled[-1] += converted
    if len(filled) == 1:
        bounds = [match.span()]
    else:
        bounds = [(match.start(), match.start("rest")), (match.end("rest"), match.end())]
    spans = []
    for (start, end), target in zip(bounds, filled, strict=True):
        source = match.string[start:end]
        start, end = start + len(source) - len(source.lstrip()), start + len(source.rstrip())
        if start < end:
            spans.append(FixedSpan(start + offset, end + offset, target.strip(), rule.id))
    return spans


def _copy(text: str, conventions: Conventions) -> str | None:
    return text


def _places(text: str, conventions: Conventions) -> str | None:
    return _list(text, conventions, lambda item, region: place(item, conventions, region))


def _people(text: str, conventions: Conventions) -> str | None:
    def person(item: str, region: str) -> str:
        name, inside, where = item.rpartition(" in ")
        return name + inside + place(where, conventions, region) if inside else item

    return _list(text, conventions, person)


def _list(text: str, conventions: Conventions, convert: Callable[[str, str], str]) -> str:
    """Convert the items of an enumeration and its "and"; a country after its city is left out.

    Args:
        convert: takes an item and what follows it after a comma.
    """
    pieces = _LIST_MARKS.split(text)
    marks, items = ["", *pieces[1::2]], pieces[::2]
    done, place_before = "", ""
    for number, (mark, item) in enumerate(zip(marks, items, strict=True)):
        region = items[number + 1] if marks[number + 1 : number + 2] == [", "] else ""
        if (
            mark == ", "
            and conventions.drop_region
            and _is_region_of(item, place_before, conventions)
        ):
            place_before = ""
            continue
        if mark.strip(", "):
            joined = f" {conventions.conjunction} "
            mark = joined.upper() if mark.isupper() else joined
        done += mark + convert(item, region.rstrip(","))
        place_before = item.rpartition(" in ")[2]
    return done


def _is_region_of(item: str, place_before: str, conventions: Conventions) -> bool:
    """Whether the item tells where the place before it lies, and the place is clear without it."""
    region = item.rstrip(",")
    return (
        place_before != ""
        and region.casefold() in conventions.regions
        and place_before.casefold() not in conventions.regions
        and not namesake(place_before, conventions, region)
    )


def _desk(text: str, conventions: Conventions) -> str | None:
    parts = []
    for part in _DESK_MARKS.split(text.strip()):
        work, by, names = part.partition(" by ")
        dutch = conventions.desk.get(work.strip().casefold())
        if not by or dutch is None:
            return None
        parts.append(f"{dutch}: {_people(names.strip(), conventions)}")
    line = "; ".join(parts)
    return line[:1].upper() + line[1:]


_CONVERSIONS: Mapping[str, Callable[[str, Conventions], str | None]] = {
    "": _copy,
    "places": _places,
    "people": _people,
    "desk": _desk,
}
