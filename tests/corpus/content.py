"""Wire stories made for the tests: what an agency would send, from templates and a seed.

The agency (WA), its people and its news are invented; places and institutions are real.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

Run = str | tuple[str, str]
"""Plain text, or (element, text) for text inside inline markup; element "br" has no text."""


@dataclass(frozen=True)
class Paragraph:
    role: str
    runs: tuple[Run, ...]
    sentences: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return _text(self.runs)


@dataclass(frozen=True)
class WireStory:
    guid: str
    headline: str
    byline: str
    dateline: str
    caption: str
    paragraphs: tuple[Paragraph, ...]


PLACES = [
    ("BEIJING", "Beijing"),
    ("KHARKIV, Ukraine", "Kharkiv"),
    ("WASHINGTON", "Washington"),
    ("BRUSSELS", "Brussels"),
    ("JERUSALEM", "Jerusalem"),
    ("NAIROBI, Kenya", "Nairobi"),
    ("GENEVA", "Geneva"),
    ("MEXICO CITY", "Mexico City"),
]
PEOPLE = [
    "Elena Markova",
    "Tom Bakker",
    "Aisha Rahman",
    "J.D. O'Neill",
    "Li Wei",
    "Gen. Ivan Petrenko",
]
HEADLINES = [
    "Thousands flee {place} region as fighting spreads",
    "{place} court orders full-scale inquiry into $3.5 billion deal",
    "Storm near {place} kills 12, leaves 8,000 without power",
    "Parliament in {place} rejects no-confidence vote, 61-59",
]
SENTENCES: list[tuple[Run, ...]] = [
    ("His country's forces ", ("a", "launched an offensive"), " in the {place} region on Tuesday."),
    (
        "The ",
        ("b", "full-scale invasion"),
        " has driven more than 1.2 million people from their homes.",
    ),
    (
        "“We will ",
        ("i", "not"),
        " leave,” said ",
        ("b", "{person}"),
        ", who lives near the border.",
    ),
    ("The U.S. Senate approved $61 billion in aid at 3 p.m. on ", ("a", "May 14, 2024"), "."),
    ("Inflation rose to ", ("a", "3.5% in October"), " from 2.9% a month earlier, the bank said."),
    ("No one was hurt & the road was reopened < 24 hours later, police said."),
    ("A spokesman for the ministry,", ("br", ""), " {person}, declined to comment."),
    ("Talks between the two sides broke down in March."),
    (
        ("a", "The report"),
        " is the first in ",
        ("i", "more than a decade"),
        ", according to Gen. ",
        ("b", "Petrenko"),
        ".",
    ),
    ("Officials said ", ("a", "at least 17 people"), " were killed, including two children."),
    ('"This is a victory for the whole region," he added.'),
    (
        "The plan, which must still be approved by parliament, would cost ",
        ("b", "€250 million"),
        " a year.",
    ),
]


def stories(count: int, seed: int = 7) -> list[WireStory]:
    """`count` different stories, the same for the same seed."""
    rng = random.Random(seed)
    return [_story(number, rng) for number in range(1, count + 1)]


def _story(number: int, rng: random.Random) -> WireStory:
    dateline, place = rng.choice(PLACES)
    names = {"place": place, "person": rng.choice(PEOPLE)}
    paragraphs = []
    for position in range(rng.randint(3, 6)):
        chosen = [_fill(sentence, names) for sentence in rng.sample(SENTENCES, rng.randint(1, 3))]
        runs: list[Run] = [f"{dateline} (WA) — "] if position == 0 else []
        for index, sentence in enumerate(chosen):
            runs += [" ", *sentence] if index else sentence
        texts = tuple(_text(sentence) for sentence in chosen)
        paragraphs.append(Paragraph("p", _merge(runs), texts))
    if rng.random() < 0.5:
        paragraphs.append(Paragraph("separator", ("___",)))
        paragraphs.append(
            Paragraph("boilerplate", ("READ MORE: ", ("a", f"All stories about {place}")))
        )
    headline = rng.choice(HEADLINES).format(**names)
    return WireStory(
        guid=f"urn:newsml:wire.example:20240514:wa{number:05d}",
        headline=headline,
        byline=f"By {rng.choice(PEOPLE[:3]).upper()}",
        dateline=dateline,
        caption=f"FILE - People wait for a bus in {place}, on Jan. 18, 2018. (WA Photo/Tom Bakker)",
        paragraphs=tuple(paragraphs),
    )


def _text(runs: Iterable[Run]) -> str:
    return "".join(run if isinstance(run, str) else run[1] for run in runs)


def _fill(runs: tuple[Run, ...], names: dict[str, str]) -> list[Run]:
    return [
        run.format(**names) if isinstance(run, str) else (run[0], run[1].format(**names))
        for run in runs
    ]


def _merge(runs: list[Run]) -> tuple[Run, ...]:
    merged: list[Run] = []
    for run in runs:
        if isinstance(run, str) and merged and isinstance(merged[-1], str):
            merged[-1] += run
        else:
            merged.append(run)
    return tuple(merged)
