"""What a house style says of typography, read from ``data/wire/typography-en-nl.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path

from koerier.pipeline.tables import Table, parse_toml, read_user_file, shipped

AMOUNT = r"\d+(?:[.,]\d+)*"

RULES = (
    "spacing",
    "dates",
    "weekdays",
    "times",
    "numbers",
    "currency",
    "scales",
    "percent",
    "ordinals",
    "commas",
    "quotes",
    "dashes",
    "ellipsis",
)
"""The rules by id, in the order they run."""

QUOTE_STYLES: Mapping[str, tuple[str, str, str]] = {
    "straight": ('"', '"', "'"),
    "curly-high": ("“", "”", "’"),
    "low-high": ("„", "”", "’"),
}
"""Style: opening and closing double quotation mark, apostrophe."""


@dataclass(frozen=True)
class Typography:
    """A house style's typography; see ``data/wire/typography-en-nl.toml`` for what each is."""

    quotes: str
    dash: str
    hour: str
    percent: str
    ordinal: str
    off: frozenset[str]
    version_words: frozenset[str]
    shared_words: frozenset[str]
    range_words: tuple[str, ...]
    months: Mapping[str, str]
    weekdays: Mapping[str, str]
    currencies: Mapping[str, str]
    currency_words: Mapping[str, str]
    scales: Mapping[str, str]
    amount_scales: Mapping[str, str]

    @staticmethod
    def load(*own: Path) -> Typography:
        """The typography that comes with Koerier, with a newsroom's own files on top.

        Raises:
            KoerierError: naming file and key, if a file does not fit.
        """
        style = _shipped()
        for path in own:
            style = _layer(style, parse_toml(read_user_file(path), str(path)))
        return style

    @cached_property
    def patterns(self) -> Patterns:
        return Patterns(self)


_EMPTY = Typography(
    "source",
    "–",
    "uur",
    "procent",
    "e",
    frozenset(),
    frozenset(),
    frozenset(),
    (),
    {},
    {},
    {},
    {},
    {},
    {},
)


@cache
def _shipped() -> Typography:
    name = "typography-en-nl.toml"
    return _layer(_EMPTY, parse_toml(shipped("wire", name), name))


def _layer(below: Typography, table: Table) -> Typography:
    table.only(*(entry.name for entry in fields(Typography)))
    text, names = table.string, table.mapping
    style = replace(
        below,
        quotes=text("quotes", below.quotes),
        dash=text("dash", below.dash),
        hour=text("hour", below.hour),
        percent=text("percent", below.percent),
        ordinal=text("ordinal", below.ordinal),
        off=below.off | set(table.strings("off")),
        version_words=below.version_words | set(table.strings("version_words")),
        shared_words=below.shared_words | set(table.strings("shared_words")),
        range_words=table.strings("range_words") or below.range_words,
        months={**below.months, **names("months")},
        weekdays={**below.weekdays, **names("weekdays")},
        currencies={**below.currencies, **names("currencies")},
        currency_words={**below.currency_words, **names("currency_words")},
        scales={**below.scales, **names("scales")},
        amount_scales={**below.amount_scales, **names("amount_scales")},
    )
    if style.quotes not in ("source", *QUOTE_STYLES):
        raise table.error(f"is one of: source, {', '.join(QUOTE_STYLES)}", "quotes")
    unknown = style.off - set(RULES)
    if unknown:
        raise table.error(f"no rule {min(unknown)!r}; rules: {', '.join(RULES)}", "off")
    for sign, words in table.mapping("currency_words").items():
        try:
            re.compile(words)
        except re.error as error:
            raise table.error(
                f"is not a regular expression: {error}", f"currency_words.{sign}"
            ) from error
    return style


class Patterns:
    """Regular expressions made from a style's tables."""

    def __init__(self, style: Typography) -> None:
        signs = re.sub(r"(?<=[A-Z])(?=\\\$)", r"\\s?", _choice(style.currencies))
        scales = _choice([*style.scales, *style.scales.values()])
        months = _choice(style.months)
        ranges = _choice(style.range_words)
        after_amount = _choice([*style.scales, *style.scales.values(), *style.amount_scales])
        self.amount = re.compile(
            rf"(?<![\w$])(?P<sign>{signs})\s?"
            rf"(?P<figure>{AMOUNT}(?:[-–]{AMOUNT})?)(?![\d%]|[.,]\d|[-–][A-Za-z])"
            rf"(?:[ \u00a0]?(?P<scale>{after_amount})\b(?![-–][A-Za-z])|(?![A-Za-z]))"
        )
        self.range_end = re.compile(rf"\s?(?:{ranges})\s?(?P<sign>{signs})\s?\d")
        self.scale = re.compile(rf"(?<=\d[ \u00a0])(?P<scale>{scales})\b")
        self.month_day = re.compile(
            rf"\b(?P<month>{months}) (?P<day>\d{{1,2}})(?!\d|[.,:]\d|%|e\b)"
            r"(?:,? (?P<year>\d{4})\b(?!,\d))?"
        )
        self.day_month = re.compile(rf"(?<=\d )(?P<month>{months})(?!\w)")
        self.month_year = re.compile(rf"\b(?P<month>{months}) (?=\d{{4}}\b)")
        dutch = _choice({name.capitalize() for name in style.weekdays.values()})
        self.weekday = re.compile(rf"(?<![\w-])(?P<day>{_choice(style.weekdays)}|{dutch})(?![\w-])")
        capital = _choice({name.capitalize() for name in style.months.values()})
        self.capital_month = re.compile(
            rf"(?<=\d )(?P<month>{capital})\b|\b(?P<before>{capital})(?= \d{{4}}\b)"
        )


def _choice(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) for word in longest_first) or r"(?!)"
