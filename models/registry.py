"""Engines by name: ``default``, ``ct2:DIR``, ``hf:ID_OR_DIR``, ``firefox:...``, ``file:PATH``.

Others come in by the entry-point group ``koerier.engines``: a callable that takes what stands
behind the colon and the `EngineOptions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from koerier.models.engine import Engine
from koerier.pipeline.errors import KoerierError

ENTRY_POINTS = "koerier.engines"
BUNDLED = Path(__file__).parent / "en-nl-news"

BUILT_IN = {
    "ct2": "koerier.models.ctranslate2_engine:load",
    "hf": "koerier.models.transformers_engine:load",
    "firefox": "koerier.models.firefox_engine:load",
    "file": "koerier.models.file_engine:load",
}


@dataclass(frozen=True)
class EngineOptions:
    """How an engine translates; None leaves a choice to the model's own defaults.

    Attributes:
        batch_tokens: source tokens in a batch.
        threads: CPU threads the engine may use; 0 for all there are.
        device: "cpu" or "cuda".
        compute_type: CTranslate2's, e.g. "int8", "float32", or a torch dtype for ``hf:``.
        source_language, target_language: BCP 47 tags.
    """

    beam_size: int | None = None
    length_penalty: float | None = None
    repetition_penalty: float | None = None
    no_repeat_ngram_size: int | None = None
    batch_tokens: int = 2_048
    threads: int = 0
    device: str = "cpu"
    compute_type: str | None = None
    source_language: str = "en"
    target_language: str = "nl"


def load_engine(spec: str, options: EngineOptions) -> Engine:
    """Load the engine that `spec` names.

    Raises:
        KoerierError: if there is no such engine, or its model or extra is missing.
    """
    kind, _, target = spec.partition(":")
    if spec == "default":
        kind, target = "ct2", str(BUNDLED)
    if kind in BUILT_IN:
        if not target:
            raise KoerierError(f"engine {kind!r} wants something behind the colon: {kind}:DIR")
        module, name = BUILT_IN[kind].split(":")
        loader: Callable[[str, EngineOptions], Engine] = getattr(import_module(module), name)
        return loader(target, options)
    for point in entry_points(group=ENTRY_POINTS, name=kind):
        engine: Engine = point.load()(target, options)
        return engine
    raise KoerierError(
        f"unknown engine {spec!r}; use default, " + ", ".join(f"{known}:..." for known in BUILT_IN)
    )
