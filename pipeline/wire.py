"""Fixed spans: the parts of a wire story that a newsroom translates by convention.

Datelines, photo credits, ``FILE -``, ``READ MORE:``, contributor lines, copyright lines and the
like have one right Dutch form that a translation engine does not know. They are recognised here
by rules kept in ``data/wire/`` and ``data/names/datelines.csv``; names of persons are copied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter

from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Block, Role
from koerier.pipeline.tables import Table, parse_csv, parse_toml, read_user_file, shipped

PLACE_COLUMNS = ("english", "dutch", "kind")
PLACE_KINDS = ("city", "region", "country")

_EDGE = 600
"""Characters at the edges of a block that rules look at, so that no block is slow."""
_WHERE = ("start", "end", "whole")
_FIELD_KINDS = ("", "places", "people", "desk")
_LIST_MARKS = re.compile(r"(,? (?:and|AND) |, )")
_TOKEN = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[@#]\w+|[|•·,;/&–—-]+"
    r"|(?:[\w-]+\.)+[a-z]{2,6}/\S*|(?:[\w-]+\.)+(?:com|org|net|eu|gov|edu|int|info|nl|be|uk|de|fr)"
)
_PHONE = re.compile(r"(?:[Tt]el\.?:? )?\+?[(\d][\d() .-]{5,20}\d")
_DASH = r"(?P<dash>—|–|--|-|_)"
_DATELINE = re.compile(
    rf"(?P<head>[^()\n]{{0,90}}?)(?<!\s)\s*\((?P<agency>[^()]{{2,40}})\)\s*{_DASH}(?=\s|$)"
)
_BARE_DATELINE = re.compile(r"(?P<head>[^()\n]{2,60}?)\s*(?P<dash>—|–|--|-)(?=\s)")
_DATELINE_BLOCK = re.compile(
    rf"(?P<head>[^()\n]{{2,90}}?)(?:\s*\((?P<agency>[^()]{{2,40}})\))?(?:\s*{_DASH})?"
)
_DATE = re.compile(r",?\s+(?P<month>[A-Z][a-z]{2,8}\.?) (?P<day>\d{1,2})(?:, (?P<year>\d{4}))?$")
_BRACKETED = re.compile(r"\((?P<credit>[^()]{2,200})\)\.?\s*$")
_UNBRACKETED = re.compile(
    r"(?:(?<=[.!?\"”] )|^)(?P<credit>(?:[^.()]{2,80} via )?REUTERS(?: ?/ ?[^()]{2,120})?"
    r"|(?:AFP|AP|EPA) (?:PHOTO|Photo|photo) ?/ ?[^()]{2,120})$"
)
_CREDIT_MARKS = re.compile(r"(\s*/\s*|,\s*|\s+via\s+)")
_CREDIT_BY = re.compile(r"(?:photo|picture|image) by (?P<who>.+)", re.IGNORECASE)
_CREDIT_COURTESY = re.compile(r"(?:photo )?courtesy(?: of)? (?P<who>.+)", re.IGNORECASE)
_CONNECTIVES = frozenset(
    (
        "de",
        "la",
        "le",
        "el",
        "al",
        "of",
        "the",
        "and",
        "upon",
        "du",
        "da",
        "do",
        "del",
        "di",
        "dos",
        "sur",
        "en",
        "aan",
        "den",
        "sul",
        "am",
        "in",
    )
)


@dataclass(frozen=True, slots=True)
class FixedSpan:
    """A range of a block's source, its final target text and the id of the rule that gave it."""

    start: int
    end: int
    target: str
    rule: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``[[rule]]`` of a conventions file; see the comments in ``data/wire/en-nl.toml``."""

    id: str
    where: str
    pattern: re.Pattern[str]
    target: str
    roles: frozenset[Role]
    boilerplate: bool


@dataclass(frozen=True)
class Conventions:
    """What a newsroom writes for what; mappings are keyed by the English form, case folded.

    Attributes:
        places: Dutch form of dateline places.
        regions: Dutch form of countries, states and provinces that stand after a place.
    """

    dash: str
    drop_region: bool
    conjunction: str
    agencies: frozenset[str]
    months: Mapping[str, str]
    dateline_words: Mapping[str, str]
    credits: Mapping[str, str]
    nations: Mapping[str, str]
    desk: Mapping[str, str]
    places: Mapping[str, str]
    regions: Mapping[str, str]
    rules: tuple[Rule, ...] = field(default=())

    @staticmethod
    def load(*own: Path) -> Conventions:
        """The conventions that come with Koerier, with a newsroom's own files on top.

        Raises:
            KoerierError: naming file and key, if a file does not fit.
        """
        return _shipped() if not own else _build([*_shipped_tables(), *map(_own_table, own)])


def _own_table(path: Path) -> Table:
    return parse_toml(read_user_file(path), str(path))


def _shipped_tables() -> list[Table]:
    return [parse_toml(shipped("wire", "en-nl.toml"), "en-nl.toml")]


@cache
def _shipped() -> Conventions:
    return _build(_shipped_tables())


def _build(tables: Sequence[Table]) -> Conventions:
    merged: dict[str, dict[str, str]] = {
        key: {}
        for key in ("months", "dateline_words", "credits", "nations", "desk", "places", "regions")
    }
    rows = parse_csv(shipped("names", "datelines.csv"), "datelines.csv", PLACE_COLUMNS)
    for number, (english, dutch, kind) in enumerate(rows, 2):
        if kind not in PLACE_KINDS:
            known = ", ".join(PLACE_KINDS)
            raise KoerierError(
                f"kind is one of {known}", source="datelines.csv", place=f"row {number}"
            )
        merged["places" if kind == "city" else "regions"][english.casefold()] = dutch
    dash, drop_region, conjunction = "–", True, "en"
    agencies: set[str] = set()
    rules: dict[str, Rule] = {}
    for table in tables:
        table.only("dash", "drop_region", "and", "agencies", "rule", *merged)
        dash = table.string("dash", dash)
        drop_region = table.boolean("drop_region", drop_region)
        conjunction = table.string("and", conjunction)
        agencies |= set(table.strings("agencies"))
        for key, values in merged.items():
            given = table.mapping(key)
            exact = key in ("months", "nations")
            values |= given if exact else {name.casefold(): to for name, to in given.items()}
        for entry in table.tables("rule"):
            rule = _rule(entry)
            if rule is None:
                rules.pop(entry.string("id"), None)
            else:
                rules[rule.id] = rule
    return Conventions(
        dash=dash,
        drop_region=drop_region,
        conjunction=conjunction,
        agencies=frozenset(agencies),
        rules=tuple(rules.values()),
        **merged,
    )


def _rule(entry: Table) -> Rule | None:
    entry.only("id", "where", "pattern", "target", "roles", "boilerplate", "enabled")
    identity = entry.string("id")
    if not entry.boolean("enabled", True):
        return None
    where = entry.string("where")
    if where not in _WHERE:
        raise entry.error(f"is one of {', '.join(_WHERE)}", "where")
    try:
        pattern = re.compile(entry.string("pattern"))
    except re.error as error:
        raise entry.error(f"is not a regular expression: {error}", "pattern") from error
    target = entry.string("target")
    for name, kind in _fields(target):
        if name not in pattern.groupindex:
            raise entry.error(f"{{{name}}} is not a group of the pattern", "target")
        if kind not in _FIELD_KINDS:
            raise entry.error(f"{{{name}:{kind}}}: no such conversion", "target")
    roles = entry.strings("roles")
    unknown = [role for role in roles if role not in {known.value for known in Role}]
    if unknown:
        raise entry.error(f"{unknown[0]!r} is not a block role", "roles")
    return Rule(
        identity,
        where,
        pattern,
        target,
        frozenset(Role(role) for role in roles),
        entry.boolean("boilerplate", False),
    )


def _fields(template: str) -> Iterator[tuple[str, str]]:
    for _, name, kind, _ in Formatter().parse(template):
        if name is not None:
            yield name, kind or ""


def recognise(block: Block, conventions: Conventions) -> list[FixedSpan]:
    """The fixed spans of a block: sorted, not overlapping, edges without white space."""
    text = block.source
    if not text.strip():
        return []
    whole = _whole(block, conventions)
    if whole:
        return whole
    found = []
    start = _dateline(text, conventions) or _match_start(block, conventions)
    if start:
        found.append(start)
    end = _credit(block, conventions) or _match_end(block, conventions)
    if end and (not start or start.end <= end.start):
        found.append(end)
    return found


def is_boilerplate(block: Block, conventions: Conventions) -> bool:
    """Whether the block is agency matter (read-more lines, contributors, copyright).

    A paper may want to leave such a block out of the Dutch story.
    """
    if block.role is Role.BOILERPLATE:
        return True
    marked = {rule.id for rule in conventions.rules if rule.boilerplate}
    return any(span.rule in marked for span in recognise(block, conventions))


def _whole(block: Block, conventions: Conventions) -> list[FixedSpan]:
    start = len(block.source) - len(block.source.lstrip())
    text = block.source.strip()
    if len(text) > _EDGE:
        return []
    if block.role is Role.DATELINE:
        target = _dateline_block(text, conventions)
        if target is not None:
            return [FixedSpan(start, start + len(text), target, "wire.dateline")]
    if block.role is Role.CREDIT:
        target = _credit_block(text, conventions)
        if target is not None:
            return [FixedSpan(start, start + len(text), target, "wire.credit")]
    if _PHONE.fullmatch(text) or all(_TOKEN.fullmatch(token) for token in text.split()):
        return [FixedSpan(start, start + len(text), text, "wire.copy")]
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


def _match_start(block: Block, conventions: Conventions) -> FixedSpan | None:
    text = block.source[:_EDGE]
    skip = len(text) - len(text.lstrip())
    for rule in _rules(block, conventions, "start"):
        match = rule.pattern.match(text, skip)
        if match and match.end() > skip:
            spans = _apply(rule, match, 0, conventions)
            if spans:
                return spans[0]
    return None


def _match_end(block: Block, conventions: Conventions) -> FixedSpan | None:
    tail = max(0, len(block.source) - _EDGE)
    text = block.source[tail:].rstrip()
    for rule in _rules(block, conventions, "end"):
        for match in rule.pattern.finditer(text):
            if match.end() == len(text) and match.group():
                spans = _apply(rule, match, tail, conventions)
                if spans:
                    return spans[-1]
    return None


def _apply(
    rule: Rule, match: re.Match[str], offset: int, conventions: Conventions
) -> list[FixedSpan]:
    """The spans a rule makes of a match: one, or two around its ``{rest}``. None if unsure."""
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
    return _list(text, conventions, lambda item: place(item, conventions))


def _people(text: str, conventions: Conventions) -> str | None:
    def person(item: str) -> str:
        name, inside, where = item.rpartition(" in ")
        return name + inside + place(where, conventions) if inside else item

    return _list(text, conventions, person)


def _list(text: str, conventions: Conventions, convert: Callable[[str], str]) -> str:
    """Convert the items of an enumeration and its "and"; a country after its city is left out."""
    pieces = _LIST_MARKS.split(text)
    done = convert(pieces[0])
    before = pieces[0].rpartition(" in ")[2].casefold()
    for mark, item in zip(pieces[1::2], pieces[2::2], strict=True):
        known = item.rstrip(",").casefold()
        after_city = mark == ", " and before not in conventions.regions
        if conventions.drop_region and after_city and known in conventions.regions:
            continue
        joined = f" {conventions.conjunction} "
        if mark.isupper():
            joined = joined.upper()
        done += (mark if mark == ", " else joined) + convert(item)
        before = known.rpartition(" in ")[2]
    return done


def _desk(text: str, conventions: Conventions) -> str | None:
    parts = []
    for part in re.split(r"[;.]\s+|;", text.strip()):
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


def place(name: str, conventions: Conventions) -> str:
    """The Dutch form of a place or region in the same upper or lower case; itself if not known."""
    key = name.strip().casefold()
    dutch = conventions.places.get(key, conventions.regions.get(key))
    if dutch is None:
        return name
    return dutch.upper() if name.isupper() else dutch


def _dateline(text: str, conventions: Conventions) -> FixedSpan | None:
    skip = len(text) - len(text.lstrip())
    match = _DATELINE.match(text, skip)
    if match:
        trusted = _known_agency(match["agency"], conventions)
        head = _dateline_head(match["head"], conventions, trusted)
        if head is None:
            return None
        target = f"{head} ({match['agency']}) {conventions.dash}".lstrip()
    else:
        match = _BARE_DATELINE.match(text, skip)
        if match is None or not match["head"].isupper():
            return None
        head = _dateline_head(match["head"], conventions, False)
        if head is None:
            return None
        target = f"{head} {conventions.dash}"
    return FixedSpan(skip, match.end(), target, "wire.dateline")


def _dateline_block(text: str, conventions: Conventions) -> str | None:
    match = _DATELINE_BLOCK.fullmatch(text)
    head = _dateline_head(match["head"], conventions, True) if match else None
    if match is None or head is None:
        return None
    agency = f" ({match['agency']})" if match["agency"] else ""
    return head + agency + (f" {conventions.dash}" if match["dash"] else "")


def _known_agency(name: str, conventions: Conventions) -> bool:
    return all(part.strip() in conventions.agencies for part in name.split("/"))


def _dateline_head(head: str, conventions: Conventions, trusted: bool) -> str | None:
    """Dutch for the places and date before the agency; None if it does not look like that.

    Args:
        trusted: a known agency follows, so that a place need not be in the table.
    """
    head = head.strip()
    if not head:
        return "" if trusted else None
    date = _DATE.search(head)
    day = ""
    if date:
        month = conventions.months.get(date["month"])
        if month is None:
            return None
        day = f", {date['day']} {month}" + (f" {date['year']}" if date["year"] else "")
        head = head[: date.start()].rstrip()
    done = []
    for part in re.split(r"(\s*/\s*)", head):
        if part.strip() == "/":
            done.append(part)
            continue
        target = _dateline_place(part, conventions, trusted)
        if target is None:
            return None
        done.append(target)
    return "".join(done) + day


def _dateline_place(text: str, conventions: Conventions, trusted: bool) -> str | None:
    city, comma, region = text.partition(",")
    region = region.strip()
    known_region = region.casefold() in conventions.regions
    for word, dutch in conventions.dateline_words.items():
        if city.casefold().startswith(word + " ") and city.isupper():
            inner = _dateline_place(city[len(word) + 1 :] + comma + region, conventions, trusted)
            return None if inner is None else f"{dutch} {inner}"
    known = city.casefold() in conventions.places
    if not known and not (known_region and city.isupper()) and not (trusted and _named(city)):
        return None
    target = place(city, conventions)
    if not region or (known_region and conventions.drop_region):
        return target
    return f"{target}, {place(region, conventions)}"


def _named(text: str) -> bool:
    """Whether the words look like a name: all capitalised but for connectives, not too many."""
    words = text.replace("-", " ").split()
    return 0 < len(words) <= 7 and all(
        word[0].isupper() or word[0] in "'’" or word in _CONNECTIVES or word[1:2] in ("'", "’")
        for word in words
    )


def _credit(block: Block, conventions: Conventions) -> FixedSpan | None:
    if block.role is Role.HEADLINE:
        return None
    tail = max(0, len(block.source) - _EDGE)
    text = block.source[tail:].rstrip()
    match = _BRACKETED.search(text)
    if match:
        target = credit(match["credit"], conventions)
        if target is None:
            return None
        start, end = tail + match.start(), tail + match.end("credit") + 1
        return FixedSpan(start, end, f"({target})", "wire.credit")
    match = _UNBRACKETED.search(text)
    target = credit(match["credit"], conventions) if match else None
    if match is None or target is None:
        return None
    return FixedSpan(
        tail + match.start("credit"), tail + match.end("credit"), target, "wire.credit"
    )


def _credit_block(text: str, conventions: Conventions) -> str | None:
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    if "(" in inner or len(inner) > 200:
        return None
    target = credit(inner, conventions, sure=True)
    if target is None:
        return None
    return f"({target})" if inner != text else target


def credit(text: str, conventions: Conventions, sure: bool = False) -> str | None:
    """A photo credit without its brackets in Dutch, names kept; None if it is not a credit.

    Args:
        sure: the file says that it is a credit.
    """
    pieces = _CREDIT_MARKS.split(text.strip())
    marks = [mark.strip() for mark in pieces[1::2]]
    first, last = pieces[0], pieces[-1].strip()
    is_credit = (
        sure
        or _agency_item(first, conventions) is not None
        or (first in conventions.agencies and "/" in marks[:1])
        or (bool(marks) and marks[-1] == "via" and (_named(last) or last in conventions.agencies))
        or (last in conventions.agencies and "/" in marks)
        or _CREDIT_BY.fullmatch(first) is not None
        or _CREDIT_COURTESY.fullmatch(first) is not None
        or _credit_item(text.strip(), conventions) is not None
    )
    if not is_credit:
        return None
    done = []
    for number, piece in enumerate(pieces):
        found = None
        if number % 2 == 0:
            found = _credit_item(piece, conventions) or _credited(piece, conventions)
            if found is None and number == 0:
                found = _agency_item(piece, conventions)
        done.append(piece if found is None else found)
    return "".join(done)


def _agency_item(text: str, conventions: Conventions) -> str | None:
    """Dutch for an agency and what it made: AP Photo, foto AP."""
    agency, _, what = text.rpartition(" ")
    dutch = conventions.credits.get(what.casefold())
    if agency not in conventions.agencies or dutch is None:
        return None
    return f"{dutch} {agency}"


def _credit_item(text: str, conventions: Conventions) -> str | None:
    key = text.strip().casefold()
    if key in conventions.credits:
        return conventions.credits[key]
    for english, dutch in conventions.nations.items():
        if key.startswith(english.casefold() + " "):
            template = conventions.credits.get("{nation}" + key[len(english) :])
            if template is not None:
                return template.replace("{nation}", dutch)
    return None


def _credited(text: str, conventions: Conventions) -> str | None:
    by = _CREDIT_BY.fullmatch(text)
    if by:
        return f"{conventions.credits.get('photo', 'foto')} {by['who']}"
    courtesy = _CREDIT_COURTESY.fullmatch(text)
    if courtesy and "handout" in conventions.credits:
        return f"{conventions.credits['handout']} door {courtesy['who']}"
    return None
