"""Figures in text: what they are worth when read in English and when read in Dutch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_URL = r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[@#]\w+|(?:[\w-]+\.)+[a-z]{2,6}/\S*"
_FIGURE = re.compile(
    rf"(?P<skip>{_URL})"
    r"|(?<![\w./:,])(?<![A-Za-z][-‑])(?P<figure>\d+(?:[.,]\d+)*)(?![\d/:]|[.,]\d)(?!(?<=\d)[A-Z]\d)"
)
_ENGLISH = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_DUTCH = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of digits, points and commas at ``[start, end)`` of a text."""

    start: int
    end: int
    text: str

    @property
    def english(self) -> Decimal | None:
        """Its value with a point for decimals and commas for thousands; None if not so written."""
        if not _ENGLISH.fullmatch(self.text):
            return None
        return Decimal(self.text.replace(",", ""))

    @property
    def dutch(self) -> Decimal | None:
        """Its value with a comma for decimals and points for thousands; None if not so written."""
        if not _DUTCH.fullmatch(self.text):
            return None
        return Decimal(self.text.replace(".", "").replace(",", "."))


def figures(text: str) -> Iterator[Figure]:
    """The figures of a text that stand for amounts.

    Figures inside addresses, times (3:30), fractions and dates with slashes, and names such as
    F-16 or A320 are left out.
    """
    for match in _FIGURE.finditer(text):
        if match["figure"]:
            yield Figure(match.start("figure"), match.end("figure"), match["figure"])


def swap_marks(figure: str) -> str:
    """The same figure with points for commas and commas for points."""
    return figure.translate(str.maketrans(".,", ",."))
