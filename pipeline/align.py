"""Word alignment of a source and a target sentence, for any engine's output.

Four kinds of evidence are added up for each pair of words: a lexical translation table in both
directions (IBM Model 1, Brown et al. 1993), likeness of spelling (names, numbers by value),
the engine's own attention where it gives it, and compounds that hold a translation. A prior prefers
words at the same relative place, as in fast_align (Dyer, Chahuneau & Smith 2013). Links are then
taken best first, as in competitive linking (Melamed 2000), with a bonus for neighbours of links.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koerier.models.engine import SoftAlignment, Span
from koerier.pipeline.tables import parse_toml, shipped

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’.\-‑–][^\W_]+)*|[^\W_]+|[^\w\s]|_")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

LEXICON = Path(__file__).parents[1] / "models" / "en-nl-news" / "lexicon.tsv.gz"

PLACE_SHARPNESS = 4.0
NEIGHBOUR_BONUS = 0.35
LEAST_SCORE = 0.06
LEAST_SECOND_SCORE = 0.2
LEAST_LIKENESS = 0.5
LEAST_STEM = 4
ATTENTION_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Link:
    """Source word `source` and target word `target` say the same, with some strength in 0..1."""

    source: int
    target: int
    strength: float


@dataclass(frozen=True, slots=True)
class WordAlignment:
    """Words of both sides (character ranges, punctuation marks included) and the links."""

    source_words: Sequence[Span]
    target_words: Sequence[Span]
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class LanguageFacts:
    """See ``data/wire/alignment-en-nl.toml``."""

    articles: frozenset[str]
    function_words: frozenset[str]
    pairs: Mapping[str, frozenset[str]]


@cache
def language_facts() -> LanguageFacts:
    """The facts about English and Dutch that come with Koerier."""
    name = "alignment-en-nl.toml"
    table = parse_toml(shipped("wire", name), name)
    table.only("articles", "function_words", "pairs")
    pairs = table.mapping("pairs")
    return LanguageFacts(
        frozenset(table.strings("articles")),
        frozenset(table.strings("function_words")),
        {word: frozenset(others.split()) for word, others in pairs.items()},
    )


def tokenize(text: str) -> list[Span]:
    """Character ranges of words, numbers (separators included) and single punctuation marks."""
    return [match.span() for match in _WORD.finditer(text)]


class Aligner:
    """Aligns sentences with a lexical table, or without one if the file is not there."""

    def __init__(self, lexicon: Path = LEXICON) -> None:
        self._path = lexicon

    def align(self, source: str, target: str, soft: SoftAlignment | None = None) -> WordAlignment:
        """Align the words of `source` and `target`.

        Args:
            soft: the engine's attention between them, if it gave it; taken as evidence, not truth.
        """
        source_words, target_words = tokenize(source), tokenize(target)
        if not source_words or not target_words:
            return WordAlignment(source_words, target_words, [])
        score = self._evidence(
            [source[slice(*word)] for word in source_words],
            [target[slice(*word)] for word in target_words],
        )
        if soft is not None:
            score += _attention(soft, source_words, target_words)
        score *= _place_prior(len(source_words), len(target_words))
        return WordAlignment(source_words, target_words, _link(score))

    def _evidence(self, source: Sequence[str], target: Sequence[str]) -> NDArray[np.float64]:
        """Array of shape (target words, source words) from the words alone, in 0..1."""
        table = _lexicon(self._path)
        score = np.zeros((len(target), len(source)))
        lowered = [word.lower() for word in target]
        for column, word in enumerate(source):
            translations = table.get(word.lower(), {})
            signs = language_facts().pairs.get(word.lower(), ())
            for row, other in enumerate(lowered):
                score[row, column] = max(
                    0.9 * (other in signs),
                    translations.get(other, 0.0),
                    likeness(word, target[row]),
                    _compound(other, translations),
                )
        return score


def likeness(one: str, other: str) -> float:
    """How surely two words are the same name, number or mark, in 0..1, by their spelling."""
    if not one[0].isalnum() or not other[0].isalnum():
        return 0.7 if one == other or _both_quotes(one, other) else 0.0
    if one[0].isdigit() or other[0].isdigit():
        return 1.0 if _values(one) & _values(other) else 0.0
    return _spelling(one.lower(), other.lower())


def _both_quotes(one: str, other: str) -> bool:
    quotes = "\"'“”‘’„«»"
    return (one in quotes and other in quotes) or (one in "-–—" and other in "-–—")


@lru_cache(maxsize=10_000)
def _values(word: str) -> frozenset[float]:
    """What a number can mean: its marks as thousands separators, or the last as a decimal mark."""
    if not _NUMBER.fullmatch(word):
        return frozenset()
    whole, _, rest = re.sub("[,:]", ".", word).rpartition(".")
    values = {float(re.sub(r"\D", "", word))}
    if whole:
        values.add(float(f"{whole.replace('.', '')}.{rest}"))
    return frozenset(values)


@lru_cache(maxsize=200_000)
def _spelling(one: str, other: str) -> float:
    if one == other:
        return 0.9 if len(one) > 3 else 0.5
    if min(len(one), len(other)) < LEAST_STEM:
        return 0.0
    first, second = _pairs_of_letters(one), _pairs_of_letters(other)
    dice = 2 * len(first & second) / (len(first) + len(second))
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    value = max(dice, shared / max(len(one), len(other)))
    return 0.8 * value if value >= LEAST_LIKENESS else 0.0


def _pairs_of_letters(word: str) -> set[str]:
    return {word[place : place + 2] for place in range(len(word) - 1)}


def _compound(word: str, translations: dict[str, float]) -> float:
    """Strength with which a long word holds one of the translations at its start or end."""
    if len(word) < 2 * LEAST_STEM:
        return 0.0
    return max(
        (
            0.7 * probability
            for part, probability in translations.items()
            if LEAST_STEM <= len(part) < len(word)
            and (word.startswith(part) or word.endswith(part))
        ),
        default=0.0,
    )


@lru_cache(maxsize=4)
def _lexicon(path: Path) -> dict[str, dict[str, float]]:
    """source word -> target word -> sqrt(p(target|source) p(source|target)), smoothed."""
    if not path.is_file():
        return {}
    table: dict[str, dict[str, float]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for source, target, forward, backward in csv.reader(
            file, delimiter="\t", quoting=csv.QUOTE_NONE
        ):
            p, q = float(forward), float(backward)
            table.setdefault(source, {})[target] = ((p + 0.01) * (q + 0.01)) ** 0.5
    return table


def _attention(
    soft: SoftAlignment, source_words: Sequence[Span], target_words: Sequence[Span]
) -> NDArray[np.float64]:
    """Attention between words, each target word's row scaled by how peaked it is."""
    n, m = len(source_words), len(target_words)
    to_source = _membership(soft.source_spans, source_words)
    to_target = _membership(soft.target_spans, target_words)
    weights = to_target @ soft.weights.astype(np.float64) @ to_source.T
    sums = weights.sum(axis=1, keepdims=True)
    rows: NDArray[np.float64] = np.divide(weights, sums, out=np.zeros((m, n)), where=sums > 0)
    if n > 1:
        entropy = -(rows * np.log(rows, out=np.zeros_like(rows), where=rows > 0)).sum(axis=1)
        rows *= ATTENTION_WEIGHT * (1 - entropy / np.log(n))[:, None]
    return rows


def _membership(tokens: Sequence[Span], words: Sequence[Span]) -> NDArray[np.float64]:
    """Array of shape (words, tokens): share of each token that lies in each word."""
    member = np.zeros((len(words), len(tokens)))
    word = 0
    for column, (start, end) in enumerate(tokens):
        while word < len(words) and words[word][1] <= start:
            word += 1
        row = word
        while row < len(words) and words[row][0] < end:
            overlap = min(end, words[row][1]) - max(start, words[row][0])
            member[row, column] = overlap / (end - start)
            row += 1
    return member


@lru_cache(maxsize=4_096)
def _place_prior(n: int, m: int) -> NDArray[np.float64]:
    rows = (np.arange(m) + 0.5)[:, None] / m
    columns = (np.arange(n) + 0.5)[None, :] / n
    prior: NDArray[np.float64] = np.exp(-PLACE_SHARPNESS * np.abs(rows - columns) ** 2)
    return prior


def _link(score: NDArray[np.float64]) -> list[Link]:
    """Best links first, each word once; then more links for words beside what is linked."""
    n = score.shape[1]
    score = score * (1 + NEIGHBOUR_BONUS * _neighbours(score))
    order = np.argsort(-score, axis=None, kind="stable")
    of_source: dict[int, list[int]] = {}
    of_target: dict[int, list[int]] = {}
    chosen: list[Link] = []

    def take(row: int, column: int) -> None:
        of_source.setdefault(column, []).append(row)
        of_target.setdefault(row, []).append(column)
        chosen.append(Link(column, row, float(min(1.0, score[row, column]))))

    candidates = []
    for flat in order.tolist():
        row, column = divmod(flat, n)
        if score[row, column] < LEAST_SCORE:
            break
        candidates.append((row, column))
        if row not in of_target and column not in of_source:
            take(row, column)
    for row, column in candidates:
        if score[row, column] < LEAST_SECOND_SCORE:
            break
        if (row in of_target) != (column in of_source):
            beside = (
                any(abs(other - column) == 1 for other in of_target[row])
                if row in of_target
                else any(abs(other - row) == 1 for other in of_source[column])
            )
            if beside:
                take(row, column)
    return sorted(chosen, key=lambda link: (link.target, link.source))


def _neighbours(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each pair, how well the words just before and just after it match."""
    beside = np.zeros_like(score)
    beside[1:, 1:] += score[:-1, :-1]
    beside[:-1, :-1] += score[1:, 1:]
    return np.minimum(beside, 1.0)
