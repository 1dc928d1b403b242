"""The protocol every translation engine keeps, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SoftAlignment:
    """How much each target token looked at each source token.

    Attributes:
        source_spans: n character ranges in the source string, one a token.
        target_spans: m character ranges in the target string, one a token.
        weights: array of shape (m, n), float32, non-negative; rows sum to at most 1.
    """

    source_spans: tuple[Span, ...]
    target_spans: tuple[Span, ...]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation of one source string.

    Attributes:
        text: detokenised target string.
        score: mean log-probability (natural log) per target token, end of sentence included;
            None where the engine does not tell.
        alignment: None unless asked for and known.
    """

    text: str
    score: float | None = None
    alignment: SoftAlignment | None = None


@runtime_checkable
class Engine(Protocol):
    """Translates strings. Given the same strings it always gives the same hypotheses.

    Attributes:
        id: kind, model and version, e.g. "ct2:en-nl-news@0.1"; kept as provenance.
        in_order: True when the engine hands out finished translations by position (a file of
            another system's output): strings must then come in document order, none left out.
    """

    id: str
    in_order: bool

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """Translate each string; for each, `alternatives` hypotheses or fewer, best first.

        An empty or blank string gives one hypothesis with an empty text.

        Raises:
            KoerierError: if the model or the file behind the engine cannot do it.
        """
        ...
