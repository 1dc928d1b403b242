"""The mix of corpora as an endless, repeatable stream of batches."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Example = tuple[list[int], list[int], NDArray[np.int16]]
"""Source pieces, target pieces, and the source place of each target piece."""

SORTED_TOGETHER = 20_000


@dataclass(frozen=True)
class Mix:
    """Corpora with their weights: how often each of its examples comes in one pass.

    Attributes:
        batch_tokens: examples in a batch times the length of the longest.
    """

    corpora: Mapping[str, Sequence[Example]]
    weights: Mapping[str, float]
    batch_tokens: int
    seed: int

    def batches(self, start: int = 0) -> Iterator[list[Example]]:
        """All batches from number `start` on; the same numbers give the same batches."""
        return islice(self._all(), start, None)

    def _all(self) -> Iterator[list[Example]]:
        epoch = 0
        while True:
            yield from self._epoch(random.Random(f"{self.seed}-{epoch}"))
            epoch += 1

    def _epoch(self, rng: random.Random) -> Iterator[list[Example]]:
        examples: list[Example] = []
        for name in sorted(self.corpora):
            corpus, weight = self.corpora[name], self.weights[name]
            examples += list(corpus) * int(weight)
            examples += rng.sample(list(corpus), int(len(corpus) * (weight - int(weight))))
        rng.shuffle(examples)
        for first in range(0, len(examples), SORTED_TOGETHER):
            batches = list(self._by_length(examples[first : first + SORTED_TOGETHER]))
            rng.shuffle(batches)
            yield from batches

    def _by_length(self, examples: list[Example]) -> Iterator[list[Example]]:
        batch: list[Example] = []
        longest = 0
        for example in sorted(examples, key=lambda item: (len(item[1]), len(item[0]))):
            length = max(len(example[0]), len(example[1])) + 1
            if batch and max(longest, length) * (len(batch) + 1) > self.batch_tokens:
                yield batch
                batch, longest = [], 0
            batch.append(example)
            longest = max(longest, length)
        if batch:
            yield batch
