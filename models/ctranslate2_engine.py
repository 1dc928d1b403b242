"""Any CTranslate2 translation directory: Marian, or multilingual with language tokens."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from koerier.models.engine import Hypothesis, SoftAlignment
from koerier.models.languages import language_tokens
from koerier.models.lengths import groups, joined, parts, target_bound
from koerier.models.manifest import MANIFEST, digest, read_json
from koerier.models.pieces import Pieces
from koerier.models.registry import EngineOptions
from koerier.pipeline.errors import KoerierError

EOS = "</s>"
DEFAULT_BEAM = 4


def load(directory: str, options: EngineOptions) -> CTranslate2Engine:
    """Load the model in `directory`.

    Raises:
        KoerierError: if it holds no CTranslate2 model or no SentencePiece model.
    """
    return CTranslate2Engine(Path(directory).expanduser(), options)


class CTranslate2Engine:
    """A CTranslate2 model with its SentencePiece models.

    Attributes:
        translator: the `ctranslate2.Translator` itself.
        decoding: keyword arguments of every `translate_batch` call.
    """

    in_order = False

    def __init__(self, directory: Path, options: EngineOptions) -> None:
        if not (directory / "model.bin").is_file():
            raise KoerierError(
                "no CTranslate2 model here (model.bin is missing); "
                "make one with: koerier models convert",
                source=str(directory),
            )
        manifest = read_json(directory / MANIFEST)
        self._source = Pieces.load(_sentencepiece(directory, "source.spm"))
        self._target = Pieces.load(_sentencepiece(directory, "target.spm"))
        languages = language_tokens(
            options.source_language, options.target_language, _vocabulary(directory)
        )
        self._prefix = [] if languages.source is None else [languages.source]
        self._suffix = [EOS] if _wants_eos(read_json(directory / "config.json")) else []
        self._target_prefix = [] if languages.target is None else [languages.target]
        self.decoding = _decoding(manifest.get("decoding", {}), options)
        self.translator = _translator(directory, options)
        self.id = f"ct2:{_name(directory, manifest)}"

    def encode(self, text: str) -> list[str]:
        """Source tokens of a text, special tokens included."""
        return [*self._prefix, *self._source.encode(text), *self._suffix]

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """See `koerier.models.engine.Engine.translate`."""
        spans = [parts(source, lambda text: len(self._source.encode(text))) for source in sources]
        texts = [
            source[start:end]
            for source, ranges in zip(sources, spans, strict=True)
            for start, end in ranges
        ]
        done = iter(self._translate_parts(texts, alignment, alternatives))
        found = []
        for ranges in spans:
            options = [next(done) for _ in ranges]
            found.append([joined(ranges, each) for each in zip(*options, strict=False)])
        return found

    def _translate_parts(
        self, texts: list[str], alignment: bool, alternatives: int
    ) -> list[list[Hypothesis]]:
        found: list[list[Hypothesis]] = [[Hypothesis("")] for _ in texts]
        tokens = {number: self.encode(text) for number, text in enumerate(texts) if text}
        lengths = {number: len(pieces) for number, pieces in tokens.items()}
        settings = dict(self.decoding)
        settings["beam_size"] = max(settings["beam_size"], alternatives)
        try:
            pending = [
                (number, result)
                for length, batch in groups(lengths, self.translator.device).items()
                for number, result in zip(
                    batch,
                    self.translator.translate_batch(
                        [tokens[number] for number in batch],
                        target_prefix=[self._target_prefix] * len(batch),
                        num_hypotheses=alternatives,
                        return_scores=True,
                        return_attention=alignment,
                        max_decoding_length=target_bound(length) + len(self._target_prefix),
                        asynchronous=True,
                        **settings,
                    ),
                    strict=True,
                )
            ]
            for number, waiting in pending:
                result = waiting.result()
                found[number] = [
                    self._hypothesis(texts[number], result, rank)
                    for rank in range(len(result.hypotheses))
                ]
        except (RuntimeError, ValueError, TypeError) as error:
            raise KoerierError(f"CTranslate2: {error}") from error
        return found

    def _hypothesis(self, source: str, result: Any, rank: int) -> Hypothesis:
        tokens = result.hypotheses[rank]
        skipped = len(self._target_prefix)
        rows = [
            row for row, token in enumerate(tokens) if row >= skipped and self._target.knows(token)
        ]
        pieces = [tokens[row] for row in rows]
        # CTranslate2 divides the sum of log-probabilities by a power of the length, end and
        # prefix included; the prefix has probability one.
        length = len(tokens) + 1
        power = self.decoding.get("length_penalty", 1)
        score = result.scores[rank] * length**power / (length - skipped)
        if not result.attention:
            return Hypothesis(self._target.decode(pieces), score)
        text, target_spans = self._target.decode_with_spans(pieces)
        source_spans = self._source.spans(source)
        first = len(self._prefix)
        weights = np.asarray(result.attention[rank], dtype=np.float32)
        weights = weights[rows, first : first + len(source_spans)]
        return Hypothesis(
            text, score, SoftAlignment(tuple(source_spans), tuple(target_spans), weights)
        )


def _translator(directory: Path, options: EngineOptions) -> Any:
    threads = options.threads or len(os.sched_getaffinity(0))
    level = ctranslate2.get_log_level()
    ctranslate2.set_log_level(40)  # not a line on every start about types the CPU lacks
    try:
        return ctranslate2.Translator(
            str(directory),
            device=options.device,
            compute_type=options.compute_type or "default",
            # Small batches side by side are faster than one batch spread over threads.
            inter_threads=threads if options.device == "cpu" else 1,
            intra_threads=1,
        )
    except (RuntimeError, ValueError) as error:
        raise KoerierError(f"CTranslate2 cannot load it: {error}", source=str(directory)) from error
    finally:
        ctranslate2.set_log_level(level)


def _wants_eos(config: dict[str, Any]) -> bool:
    """Whether the end token must stand behind the source.

    Models from OpenNMT never saw it (their decoder starts from ``<s>``); those converted from
    Marian's or fairseq's own files say that CTranslate2 puts it there itself; all others of
    `transformers` were trained with it.
    """
    return not config.get("add_source_eos") and config.get("decoder_start_token") != "<s>"


def _decoding(manifest: dict[str, Any], options: EngineOptions) -> dict[str, Any]:
    chosen: dict[str, Any] = {
        "beam_size": DEFAULT_BEAM,
        **manifest,
        "max_batch_size": options.batch_tokens,
        "batch_type": "tokens",
        "max_input_length": 0,
    }
    for name in ("beam_size", "length_penalty", "repetition_penalty", "no_repeat_ngram_size"):
        value = getattr(options, name)
        if value is not None:
            chosen[name] = value
    return chosen


def _name(directory: Path, manifest: dict[str, Any]) -> str:
    if "name" in manifest:
        return f"{manifest['name']}@{manifest.get('version', '0')}"
    return f"{directory.resolve().name}@{digest(directory / 'model.bin')[:12]}"


def _sentencepiece(directory: Path, wanted: str) -> Path:
    candidates = [directory / wanted, directory / "sentencepiece.bpe.model"]
    candidates += [directory / "sentencepiece.model", directory / "spiece.model"]
    candidates += sorted(directory.glob("*.spm")) + sorted(directory.glob("*.model"))
    for path in candidates:
        if path.is_file():
            return path
    raise KoerierError(f"no SentencePiece model here ({wanted} is missing)", source=str(directory))


def _vocabulary(directory: Path) -> frozenset[str]:
    for stem in ("shared_vocabulary", "source_vocabulary"):
        path = directory / f"{stem}.json"
        if path.is_file():
            return frozenset(json.loads(path.read_text(encoding="utf-8")))
        path = directory / f"{stem}.txt"
        if path.is_file():
            return frozenset(path.read_text(encoding="utf-8").split("\n"))
    return frozenset()
