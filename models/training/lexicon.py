"""A lexical translation table from sentence pairs: IBM Model 1 in both directions.

The table serves word alignment of any system's output (`koerier.pipeline.align`). Model 1 and its
EM training follow Brown et al. 1993, "The Mathematics of Statistical Machine Translation",
section 4.1, with a NULL word on the conditioning side.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*", re.UNICODE)
ITERATIONS = 5
FLOOR = 0.04
MOST_TARGETS = 8
NULL = 0

Pair = tuple[str, str]


def words(text: str) -> list[str]:
    """Lower-cased words; numbers with separators and hyphenated compounds stay whole."""
    return WORD.findall(text.lower())


class Vocabulary:
    """Words by number, rare ones left out; number 0 is the NULL word."""

    def __init__(self, sentences: Iterable[Sequence[str]], least: int) -> None:
        counts = Counter(word for sentence in sentences for word in sentence)
        kept = sorted(word for word, count in counts.items() if count >= least)
        self.words = ["", *kept]
        self.ids = {word: number for number, word in enumerate(self.words)}

    def encode(self, sentence: Sequence[str]) -> list[int]:
        return [self.ids[word] for word in sentence if word in self.ids]


def model1(
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]], iterations: int = ITERATIONS
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Train t(target | source) by EM.

    Args:
        pairs: numbered words of source and target; NULL is added to each source.

    Returns:
        Three arrays of one length, one entry a co-occurring word pair: source, target and
        probability; the probabilities of one source sum to 1.
    """
    source = np.concatenate([np.tile([NULL, *s], len(t)) for s, t in pairs])
    target = np.concatenate([np.repeat(t, len(s) + 1) for s, t in pairs])
    # One group for each target token in its sentence: its expected counts sum to one.
    sizes = np.concatenate([np.full(len(t), len(s) + 1) for s, t in pairs])
    groups = np.repeat(np.arange(len(sizes)), sizes)
    width = int(target.max()) + 1
    kinds, which = np.unique(source * width + target, return_inverse=True)
    kind_source, kind_target = kinds // width, kinds % width
    probability = np.ones(len(kinds))
    for _ in range(iterations):
        weight = probability[which]
        share = weight / np.bincount(groups, weight)[groups]
        counts = np.bincount(which, share, minlength=len(kinds))
        probability = counts / np.bincount(kind_source, counts)[kind_source]
    return kind_source, kind_target, probability


def table(pairs: Iterable[Pair], least: int = 2) -> Iterator[tuple[str, str, float, float]]:
    """Rows (source word, target word, p(target|source), p(source|target)), sorted.

    Kept are the rows with p of at least `FLOOR` in one direction, and the `MOST_TARGETS` most
    probable targets of each source.
    """
    split = [(words(source), words(target)) for source, target in pairs]
    sources = Vocabulary((source for source, _ in split), least)
    targets = Vocabulary((target for _, target in split), least)
    encoded = [(sources.encode(source), targets.encode(target)) for source, target in split]
    encoded = [(s, t) for s, t in encoded if s and t]
    forward = _as_dict(*model1(encoded))
    backward = _as_dict(*model1([(t, s) for s, t in encoded]))
    best: dict[int, list[tuple[float, int]]] = {}
    for (source, target), probability in forward.items():
        if source != NULL and max(probability, backward.get((target, source), 0.0)) >= FLOOR:
            best.setdefault(source, []).append((probability, target))
    for source in sorted(best):
        kept = sorted(best[source], key=lambda item: (-item[0], item[1]))[:MOST_TARGETS]
        for probability, target in kept:
            other = backward.get((target, source), 0.0)
            yield sources.words[source], targets.words[target], probability, other


def _as_dict(
    source: NDArray[np.int64], target: NDArray[np.int64], probability: NDArray[np.float64]
) -> dict[tuple[int, int], float]:
    kept = probability >= FLOOR / 10
    keys = zip(source[kept].tolist(), target[kept].tolist(), strict=True)
    return dict(zip(keys, probability[kept].tolist(), strict=True))


def write(pairs: Iterable[Pair], path: Path) -> int:
    """Write the table, gzipped and without a date in it; returns the number of rows."""
    rows = [f"{s}\t{t}\t{p:.3f}\t{q:.3f}\n" for s, t, p, q in table(pairs)]
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write("".join(rows).encode())
    return len(rows)


def main() -> None:
    from koerier.models.training.prepare import read_mix

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path, help="folder with the raw pairs")
    parser.add_argument("out", type=Path, help="lexicon.tsv.gz")
    arguments = parser.parse_args()
    print(write((pair for _, pair in read_mix(arguments.corpora)), arguments.out), "rows")


if __name__ == "__main__":
    main()
