"""A newsroom's conventions for wire copy, read from ``data/wire/`` and ``data/names/``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter

from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Role
from koerier.pipeline.tables import Table, parse_csv, parse_toml, read_user_file, shipped

PLACE_COLUMNS = ("english", "dutch", "kind")
PLACE_KINDS = ("city", "country", "region", "state")

_WHERE = ("start", "end", "whole")
_FIELD_KINDS = ("", "places", "people", "desk")
_CONNECTIVES = frozenset(
    "de la le el al of the and upon du da do del di dos sur en aan den sul am in".split()  # noqa: SIM905
)


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
        states: Dutch form of the states and provinces of North America. Their towns bear the names
            of famous cities (Athens, Ga.) and keep them.
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
    states: Mapping[str, str]
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
    states: dict[str, str] = {}
    rows = parse_csv(shipped("names", "datelines.csv"), "datelines.csv", PLACE_COLUMNS)
    for number, (english, dutch, kind) in enumerate(rows, 2):
        if kind not in PLACE_KINDS:
            known = ", ".join(PLACE_KINDS)
            raise KoerierError(
                f"kind is one of {known}", source="datelines.csv", place=f"row {number}"
            )
        if kind == "state":
            states[english.casefold()] = dutch
        else:
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
    merged["regions"] = states | merged["regions"]
    return Conventions(
        dash=dash,
        drop_region=drop_region,
        conjunction=conjunction,
        agencies=frozenset(agencies),
        states=states,
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


def place(name: str, conventions: Conventions, region: str = "") -> str:
    """The Dutch form of a place in the same upper or lower case; itself if not known.

    Args:
        region: what stands after it; Athens, Ga. is not Athens, Greece.
    """
    key, within = name.strip().casefold(), region.strip().casefold()
    dutch = conventions.places.get(f"{key}, {within}")
    if dutch is None:
        if within in conventions.states:
            return name
        dutch = conventions.places.get(key, conventions.regions.get(key))
    if dutch is None:
        return name
    return dutch.upper() if name.isupper() else dutch


def namesake(name: str, conventions: Conventions, region: str) -> bool:
    """Whether the place bears the name of one that has another Dutch name: Athens, Ga."""
    return place(name, conventions, region) == name != place(name, conventions)


def named(text: str) -> bool:
    """Whether the words look like a name: all capitalised but for connectives, not too many."""
    words = text.replace("-", " ").split()
    return 0 < len(words) <= 7 and all(
        word[0].isupper() or word[0] in "'’" or word in _CONNECTIVES or word[1:2] in ("'", "’")
        for word in words
    )
