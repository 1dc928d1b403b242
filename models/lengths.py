"""Sources by length: batches without padding, and parts of what is too long for a model.

Padding changes the attention of the other sources in a batch in the last bits of a float; where
activations are rounded to int8 that grows into other words (3 of 300 sentences in a measurement on
CTranslate2 4.8). In batches of one length a translation does not depend on its neighbours.

Models have a last position (512 for Marian); behind it they fail or, worse, silently drop text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from koerier.models.engine import Hypothesis, SoftAlignment, Span
from koerier.models.pieces import trimmed

# Tokens of one part; with its `target_bound`, all stay within 512 positions.
LONGEST = 240

# On a GPU, where full batches count for more, lengths are rounded up to a multiple of this.
GPU_STEP = 8

# Best places to cut, the best first: behind sentence ends, other punctuation, white space.
CUTS = tuple(re.compile(pattern) for pattern in (r"[.!?…]\W*\s", r"[;:,)–—]\s", r"\s"))


def groups(lengths: Mapping[int, int], device: str) -> dict[int, list[int]]:
    """Numbers of the sources of each length (in tokens), the longest first."""
    step = 1 if device == "cpu" else GPU_STEP
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number, length in lengths.items():
        found[-(-length // step) * step].append(number)
    return dict(sorted(found.items(), reverse=True))


def target_bound(length: int) -> int:
    """How many tokens a translation of `length` source tokens may have; by length, not by batch."""
    return 2 * length + 16


def parts(text: str, count: Callable[[str], int], longest: int = LONGEST) -> list[Span]:
    """Ranges of `text`, in order, of at most `longest` tokens; white space between is left out.

    Args:
        count: how many tokens a string has.
    """
    whole = trimmed(text, 0, len(text))
    found: list[Span] = []
    pending = [whole]
    while pending:
        start, end = pending.pop()
        if end - start < 2 or count(text[start:end]) <= longest:
            found.append((start, end))
            continue
        cut = _cut(text, start, end)
        pending += [trimmed(text, cut, end), trimmed(text, start, cut)]
    return found


def _cut(text: str, start: int, end: int) -> int:
    """The best place to cut in the middle half of the range; its exact middle if there is none."""
    middle = (start + end) // 2
    quarter = (end - start) // 4
    for pattern in CUTS:
        places = [match.end() for match in pattern.finditer(text, start + quarter, end - quarter)]
        if places:
            return min(places, key=lambda place: abs(place - middle))
    return middle


def joined(spans: Sequence[Span], hypotheses: Sequence[Hypothesis]) -> Hypothesis:
    """One hypothesis of those of the parts: texts with a space between, mean score by length."""
    if len(hypotheses) == 1 and spans[0][0] == 0:
        return hypotheses[0]
    text = " ".join(hypothesis.text for hypothesis in hypotheses)
    scores = [hypothesis.score for hypothesis in hypotheses]
    lengths = [max(1, len(hypothesis.text)) for hypothesis in hypotheses]
    score = None
    if None not in scores:
        known = [score for score in scores if score is not None]
        score = float(np.average(known, weights=lengths))
    soft = [hypothesis.alignment for hypothesis in hypotheses]
    known_soft = [alignment for alignment in soft if alignment is not None]
    if len(known_soft) != len(soft):
        return Hypothesis(text, score)
    starts = np.cumsum([0, *(len(hypothesis.text) + 1 for hypothesis in hypotheses[:-1])])
    return Hypothesis(
        text, score, _joined_alignments([start for start, _ in spans], starts.tolist(), known_soft)
    )


def _joined_alignments(
    sources: Sequence[int], targets: Sequence[int], parts: Sequence[SoftAlignment]
) -> SoftAlignment:
    source_spans = [
        (start + shift, end + shift)
        for shift, part in zip(sources, parts, strict=True)
        for start, end in part.source_spans
    ]
    target_spans = [
        (start + shift, end + shift)
        for shift, part in zip(targets, parts, strict=True)
        for start, end in part.target_spans
    ]
    weights = np.zeros((len(target_spans), len(source_spans)), dtype=np.float32)
    row = column = 0
    for part in parts:
        rows, columns = part.weights.shape
        weights[row : row + rows, column : column + columns] = part.weights
        row, column = row + rows, column + columns
    return SoftAlignment(tuple(source_spans), tuple(target_spans), weights)
