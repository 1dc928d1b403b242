"""Firefox Translations models (Bergamot/Marian), run by the `fxtranslate` package."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from koerier.models.engine import Hypothesis
from koerier.models.lengths import joined, parts
from koerier.models.registry import EngineOptions
from koerier.pipeline.errors import KoerierError

# File names of Mozilla's published records, plain or gzipped.
MODEL, SHORTLIST = "model.*.bin*", "lex.*.bin*"
JOINT_VOCABULARY = "vocab.*.spm*"
SOURCE_VOCABULARY, TARGET_VOCABULARY = "srcvocab.*.spm*", "trgvocab.*.spm*"

# fxtranslate 0.5 ends every translation at 256 tokens without a word. Sources of so many characters
# stay well within that.
LONGEST = 400


def load(name: str, options: EngineOptions) -> FirefoxEngine:
    """Load the model in a directory, or of a language pair such as ``en-nl``.

    A pair is downloaded by `fxtranslate` on first use and kept in its cache.

    Raises:
        KoerierError: if the extra is not installed or the model cannot be had or loaded.
    """
    try:
        from fxtranslate import Translator
    except ImportError as error:
        raise KoerierError(
            "engine firefox: needs fxtranslate; install it with pip install 'koerier[firefox]'"
        ) from error
    directory = Path(name).expanduser()
    if directory.is_dir():
        translator = _from_directory(Translator, directory)
        return FirefoxEngine(translator, directory.resolve().name)
    source, dash, target = name.partition("-")
    if not (dash and source.isalpha() and target.isalpha()):
        raise KoerierError(
            f"no such directory, and no language pair like en-nl: {name}", source="engine firefox"
        )
    try:
        translator = Translator.load(source, target)
    except ValueError as error:
        raise KoerierError(
            f"the Firefox model {name} cannot be downloaded: {error}; "
            "name a directory that holds it"
        ) from error
    return FirefoxEngine(translator, name)


class FirefoxEngine:
    """A Firefox Translations model; greedy decoding, one sentence at a time, no alignment."""

    in_order = False

    def __init__(self, translator: Any, name: str) -> None:
        self._translator = translator
        self.id = f"firefox:{name}"

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """See `koerier.models.engine.Engine.translate`."""
        found = []
        for source in sources:
            spans = parts(source, len, LONGEST)
            texts = [Hypothesis(self._one(source[start:end])) for start, end in spans]
            found.append([joined(spans, texts)])
        return found

    def _one(self, source: str) -> str:
        if not source:
            return ""
        try:
            return str(self._translator.translate(source))
        except (ValueError, RuntimeError) as error:
            raise KoerierError(f"fxtranslate: {error}") from error


def _from_directory(translator: Any, directory: Path) -> Any:
    model = _bytes(directory, MODEL)
    joint = _find(directory, JOINT_VOCABULARY)
    if joint is not None:
        source = target = _read(joint)
    else:
        source = _bytes(directory, SOURCE_VOCABULARY)
        target = _bytes(directory, TARGET_VOCABULARY)
    shortlist = _find(directory, SHORTLIST)
    try:
        return translator(
            model, source, target, shortlist=None if shortlist is None else _read(shortlist)
        )
    except ValueError as error:
        raise KoerierError(f"fxtranslate cannot load it: {error}", source=str(directory)) from error


def _bytes(directory: Path, pattern: str) -> bytes:
    path = _find(directory, pattern)
    if path is None:
        raise KoerierError(f"no Firefox model here ({pattern} is missing)", source=str(directory))
    return _read(path)


def _find(directory: Path, pattern: str) -> Path | None:
    return next(iter(sorted(directory.glob(pattern))), None)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError) as error:
        raise KoerierError(f"cannot be read: {error}", source=str(path)) from error
