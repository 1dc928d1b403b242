"""A deterministic engine for the tests of what stands around it."""

from __future__ import annotations

from collections.abc import Sequence

from koerier.models.engine import Hypothesis
from koerier.pipeline.errors import KoerierError

POISON = "POISON"


class Shouting:
    """Gives back what it gets in upper case; refuses texts that hold `POISON`."""

    id = "test:shouting@1"
    in_order = False

    def __init__(self) -> None:
        self.seen: list[str] = []

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        self.seen += sources
        if any(POISON in source for source in sources):
            raise KoerierError("the engine choked")
        return [[Hypothesis("" if "SILENT" in source else source.upper())] for source in sources]
