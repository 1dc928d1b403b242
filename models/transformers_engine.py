"""Models of Hugging Face `transformers`: Marian, NLLB, M2M-100, mBART-50, MADLAD-400."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from koerier.models.engine import Hypothesis, SoftAlignment, Span
from koerier.models.hub import checkpoint, version
from koerier.models.languages import language_tokens
from koerier.models.lengths import groups, joined, parts, target_bound
from koerier.models.pieces import Pieces, spans_by_prefix, trimmed
from koerier.models.registry import EngineOptions
from koerier.pipeline.errors import KoerierError

DEFAULT_BEAM = 4


def load(name: str, options: EngineOptions) -> TransformersEngine:
    """Load a model by Hub id or from a directory.

    Raises:
        KoerierError: if the extra ``hf`` is not installed or the model cannot be had.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise KoerierError(
            f"the engine hf: wants an extra: pip install 'koerier[hf]' ({error})"
        ) from error
    return TransformersEngine(name, options, torch, transformers)


class TransformersEngine:
    """A sequence-to-sequence model and its tokenizer.

    Tokens are put together here, not by the tokenizer's own template, so that the languages of all
    families of models, and text that looks like a special token, are treated alike.
    """

    in_order = False

    def __init__(self, name: str, options: EngineOptions, torch: Any, transformers: Any) -> None:
        self._torch = torch
        path = checkpoint(name)
        if options.threads:
            torch.set_num_threads(options.threads)
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        try:
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(path)
            # Only this implementation gives attention weights out.
            self.model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
                path, attn_implementation="eager"
            )
            self.model.to(options.device, _dtype(torch, options.compute_type)).eval()
        except ImportError as error:
            raise KoerierError(f"its tokenizer wants a library: {error}", source=name) from error
        except (
            OSError,
            ValueError,
            KeyError,
            RuntimeError,
            AttributeError,
            AssertionError,
        ) as error:
            raise KoerierError(_reason(error), source=name) from error
        self._words = frozenset(self.tokenizer.get_vocab().values()).difference(
            self.tokenizer.all_special_ids, self.tokenizer.added_tokens_encoder.values()
        )
        languages = language_tokens(
            options.source_language, options.target_language, self._vocabulary()
        )
        self._prefix = self._ids([languages.source])
        self._target_prefix = self._ids([languages.target])
        self._batch_tokens = options.batch_tokens
        self.decoding = self._decoding(options)
        shown = path.resolve().name if Path(name).expanduser().is_dir() else name
        self.id = f"hf:{shown}@{version(path)}"

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """See `koerier.models.engine.Engine.translate`."""
        spans = [parts(source, lambda text: len(self._pieces(text))) for source in sources]
        texts = [
            source[start:end]
            for source, ranges in zip(sources, spans, strict=True)
            for start, end in ranges
        ]
        done = iter(self._translate_parts(texts, alignment, alternatives))
        return [
            [joined(ranges, each) for each in zip(*islice(done, len(ranges)), strict=False)]
            for ranges in spans
        ]

    def _translate_parts(
        self, texts: list[str], alignment: bool, alternatives: int
    ) -> list[list[Hypothesis]]:
        found: list[list[Hypothesis]] = [[Hypothesis("")] for _ in texts]
        end = [self.tokenizer.eos_token_id]
        tokens = {
            number: self._prefix + self._pieces(text) + end
            for number, text in enumerate(texts)
            if text
        }
        for bound, batch in self._batches({number: len(row) for number, row in tokens.items()}):
            rows = [tokens[number] for number in batch]
            results = self._generate(rows, bound, alternatives)
            for number, row, hypotheses in zip(batch, rows, results, strict=True):
                found[number] = [
                    self._hypothesis(texts[number], row, target, score, alignment)
                    for target, score in hypotheses
                ]
        return found

    def _batches(self, lengths: dict[int, int]) -> Iterator[tuple[int, list[int]]]:
        """Numbers of texts that go together, and how many tokens their translations may have."""
        for length, numbers in groups(lengths, self.model.device.type).items():
            size = max(1, self._batch_tokens // length)
            for first in range(0, len(numbers), size):
                yield target_bound(length), numbers[first : first + size]

    def _generate(
        self, rows: list[list[int]], bound: int, alternatives: int
    ) -> list[list[tuple[list[int], float]]]:
        torch = self._torch
        width = max(map(len, rows))
        padding = self.tokenizer.pad_token_id
        ids = torch.tensor([row + [padding] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        start = [self.model.config.decoder_start_token_id, *self._target_prefix]
        settings = dict(self.decoding)
        settings["num_beams"] = max(settings["num_beams"], alternatives)
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=ids.to(self.model.device),
                attention_mask=mask.to(self.model.device),
                decoder_input_ids=torch.tensor([start] * len(rows)).to(self.model.device),
                num_return_sequences=alternatives,
                min_new_tokens=1,  # as CTranslate2, which never gives an empty translation
                max_new_tokens=bound,
                return_dict_in_generate=True,
                output_scores=True,
                **settings,
            )
            scores = self.model.compute_transition_scores(
                output.sequences,
                output.scores,
                getattr(output, "beam_indices", None),
                normalize_logits=settings["num_beams"] == 1,
            ).tolist()
        hypotheses = [
            self._finished(sequence[len(start) :], chances)
            for sequence, chances in zip(output.sequences.tolist(), scores, strict=True)
        ]
        return [
            hypotheses[first : first + alternatives]
            for first in range(0, len(hypotheses), alternatives)
        ]

    def _finished(self, target: list[int], chances: list[float]) -> tuple[list[int], float]:
        """Target ids without end and padding, and the mean log-probability, end included."""
        end = self.tokenizer.eos_token_id
        length = target.index(end) if end in target else len(target)
        counted = chances[: length + 1]
        return target[:length], sum(counted) / max(1, len(counted))

    def _hypothesis(
        self, source: str, row: list[int], target: list[int], score: float, alignment: bool
    ) -> Hypothesis:
        kept = [number for number, id_ in enumerate(target) if id_ in self._words]
        ids = [target[number] for number in kept]
        text = self._decode(ids)
        if not alignment:
            return Hypothesis(text, score)
        source_spans = self._source_spans(source)
        weights = self._attention(row, target)[kept]
        first = len(self._prefix)
        return Hypothesis(
            text,
            score,
            SoftAlignment(
                tuple(source_spans),
                tuple(spans_by_prefix(text, len(ids), lambda n: self._decode(ids[:n]))),
                weights[:, first : first + len(source_spans)],
            ),
        )

    def _attention(self, row: list[int], target: list[int]) -> Any:
        """Attention of the last layer to the source, mean of the heads: (target, source) ids."""
        torch = self._torch
        start = [self.model.config.decoder_start_token_id, *self._target_prefix]
        with torch.inference_mode():
            output = self.model(
                input_ids=torch.tensor([row]).to(self.model.device),
                decoder_input_ids=torch.tensor([start + target]).to(self.model.device),
                output_attentions=True,
            )
        heads = output.cross_attentions[-1][0].float().mean(dim=0).cpu().numpy()
        # The row that predicts a token is the one before it.
        return heads[len(start) - 1 : len(start) - 1 + len(target)].astype(np.float32)

    def _pieces(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.convert_tokens_to_ids(
            self.tokenizer.tokenize(text, split_special_tokens=True)
        )
        return ids

    def _source_spans(self, text: str) -> list[Span]:
        if self.tokenizer.is_fast:
            offsets = self.tokenizer(
                text,
                add_special_tokens=False,
                split_special_tokens=True,
                return_offsets_mapping=True,
            )["offset_mapping"]
            return [trimmed(text, start, end) for start, end in offsets]
        for name in ("spm_source", "sp_model"):
            if processor := getattr(self.tokenizer, name, None):
                return Pieces(processor).spans(text)
        raise KoerierError("its tokenizer does not tell places, so no alignment can be given")

    def _decode(self, ids: list[int]) -> str:
        text: str = self.tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        return text

    def _vocabulary(self) -> frozenset[str]:
        # The second is M2M-100's own table of languages.
        languages = getattr(self.tokenizer, "lang_token_to_id", {})
        return frozenset(self.tokenizer.get_vocab()).union(languages)

    def _ids(self, tokens: list[str | None]) -> list[int]:
        return [self.tokenizer.convert_tokens_to_ids(token) for token in tokens if token]

    def _decoding(self, options: EngineOptions) -> dict[str, Any]:
        own = self.model.generation_config
        # The first target token is given above; a model's own length bounds would cut translations.
        own.forced_bos_token_id = own.max_length = own.min_length = None
        beam = options.beam_size or getattr(own, "num_beams", None) or DEFAULT_BEAM
        chosen: dict[str, Any] = {"num_beams": beam, "do_sample": False}
        if beam > 1:
            # As CTranslate2: stop at `beam` finished hypotheses, and spread the chance of what the
            # options below forbid over the rest.
            chosen.update(early_stopping=True, renormalize_logits=True)
        for name in ("length_penalty", "repetition_penalty", "no_repeat_ngram_size"):
            value = getattr(options, name)
            if value is not None:
                chosen[name] = value
        return chosen


def _dtype(torch: Any, name: str | None) -> Any:
    dtype = getattr(torch, name or "float32", None)
    if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise ValueError(f"unknown compute type {name!r}; use float32, bfloat16 or float16")
    return dtype


def _reason(error: Exception) -> str:
    """The first line of what `transformers` says, which is the one that tells."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"cannot be loaded: {lines[0] if lines else type(error).__name__}"
