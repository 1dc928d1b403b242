"""Any sequence-to-sequence translation model of `transformers`: Marian, NLLB, M2M-100, MADLAD..."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from koerier.models.engine import Hypothesis, SoftAlignment
from koerier.models.languages import language_tokens
from koerier.models.registry import EngineOptions
from koerier.pipeline.errors import KoerierError

LONGEST = 512
DEFAULT_BEAM = 4


def load(name: str, options: EngineOptions) -> TransformersEngine:
    """Load a model by hub id or directory.

    Raises:
        KoerierError: if the extra is not installed or the model cannot be had or loaded.
    """
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise KoerierError(
            f"engine hf: needs {error.name}; install it with pip install 'koerier[hf]'"
        ) from error
    return TransformersEngine(name, options)


class TransformersEngine:
    """A `transformers` model with its own tokenizer."""

    in_order = False

    def __init__(self, name: str, options: EngineOptions) -> None:
        import torch
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        self._torch = torch
        local = Path(name).expanduser()
        origin = str(local) if local.is_dir() else name
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(origin)
            model = AutoModelForSeq2SeqLM.from_pretrained(
                origin,
                dtype=getattr(torch, options.compute_type or "float32"),
                attn_implementation="eager",  # the others give no attention
            )
        except Exception as error:
            raise KoerierError(_reason(error, local), source=name) from error
        if options.device == "cuda" and not torch.cuda.is_available():
            raise KoerierError("torch sees no CUDA device; use --device cpu")
        if options.intra_threads:
            torch.set_num_threads(options.intra_threads)
        self._model = model.to(options.device).eval()
        self._options = options
        self._languages(options)
        self.id = f"hf:{local.resolve().name if local.is_dir() else name}"

    def _languages(self, options: EngineOptions) -> None:
        vocabulary = self._tokenizer.get_vocab()
        tokens = language_tokens(options.source_language, options.target_language, vocabulary)
        self._prefix = ""
        self._first_token: int | None = None
        if tokens.target is not None:
            # The tokenizer itself puts the source language where its model wants it.
            code = str(tokens.source)
            self._tokenizer.src_lang = code.strip("_") if code.startswith("__") else code
            self._first_token = vocabulary[tokens.target]
        elif tokens.source is not None:
            self._prefix = f"{tokens.source} "

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """See `koerier.models.engine.Engine.translate`."""
        found: list[list[Hypothesis]] = [[Hypothesis("")] for _ in sources]
        wanted = sorted(
            (number for number, source in enumerate(sources) if source.strip()),
            key=lambda number: len(sources[number]),
        )
        for batch in self._batches(wanted, sources):
            texts = [sources[number] for number in batch]
            for number, hypotheses in zip(
                batch, self._translate(texts, alignment, alternatives), strict=True
            ):
                found[number] = hypotheses
        return found

    def _batches(self, wanted: Sequence[int], sources: Sequence[str]) -> list[list[int]]:
        """Neighbours in length together, so many that the padded batch keeps its bound."""
        batches: list[list[int]] = []
        characters = 4 * self._options.batch_tokens
        for number in wanted:
            longest = len(sources[number])
            if batches and longest * (len(batches[-1]) + 1) <= characters:
                batches[-1].append(number)
            else:
                batches.append([number])
        return batches

    def _translate(
        self, texts: Sequence[str], alignment: bool, alternatives: int
    ) -> list[list[Hypothesis]]:
        torch = self._torch
        inputs = self._tokenizer(
            [self._prefix + text for text in texts],
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=LONGEST,
        ).to(self._model.device)
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                **self._decoding(alternatives),
                max_new_tokens=LONGEST,
                num_return_sequences=alternatives,
                return_dict_in_generate=True,
                output_scores=True,
            )
            scores = self._model.compute_transition_scores(
                output.sequences,
                output.scores,
                getattr(output, "beam_indices", None),
                normalize_logits=True,
            )
        rows = []
        for row, sequence in enumerate(output.sequences):
            text = self._tokenizer.decode(sequence, skip_special_tokens=True)
            finite = scores[row][torch.isfinite(scores[row]) & (scores[row] != 0)]
            score = float(finite.mean()) if len(finite) else None
            source = row // alternatives
            soft = (
                self._attention(inputs, source, sequence, texts[source], text)
                if alignment
                else None
            )
            rows.append(Hypothesis(text, score, soft))
        return [rows[n : n + alternatives] for n in range(0, len(rows), alternatives)]

    def _decoding(self, alternatives: int) -> dict[str, Any]:
        options = self._options
        beam = options.beam_size or DEFAULT_BEAM
        chosen: dict[str, Any] = {"num_beams": max(beam, alternatives), "do_sample": False}
        for name in ("length_penalty", "repetition_penalty", "no_repeat_ngram_size"):
            value = getattr(options, name)
            if value is not None:
                chosen[name] = value
        if self._first_token is not None:
            chosen["forced_bos_token_id"] = self._first_token
        return chosen

    def _attention(
        self, inputs: Any, row: int, sequence: Any, source: str, target: str
    ) -> SoftAlignment:
        """Cross-attention of the last decoder layer, the mean over its heads."""
        torch = self._torch
        special = set(self._tokenizer.all_special_ids)
        with torch.inference_mode():
            output = self._model(
                input_ids=inputs.input_ids[row : row + 1],
                attention_mask=inputs.attention_mask[row : row + 1],
                decoder_input_ids=sequence[None, :-1],
                output_attentions=True,
            )
        weights = output.cross_attentions[-1][0].float().mean(0).cpu().numpy()
        columns = [n for n, t in enumerate(inputs.input_ids[row].tolist()) if t not in special]
        # The attention at step n is paid while token n + 1 is written.
        rows = [n for n, t in enumerate(sequence[1:].tolist()) if t not in special]
        source_tokens = [inputs.input_ids[row][n].item() for n in columns]
        target_tokens = [sequence[n + 1].item() for n in rows]
        return SoftAlignment(
            self._spans(source, source_tokens, self._prefix),
            self._spans(target, target_tokens, ""),
            np.ascontiguousarray(weights[np.ix_(rows, columns)], dtype=np.float32),
        )

    def _spans(self, text: str, tokens: Sequence[int], prefix: str) -> tuple[tuple[int, int], ...]:
        """Places of tokens in `text`, found one after another by their written form."""
        spans = []
        cursor = -len(prefix)
        for piece in self._tokenizer.convert_ids_to_tokens(list(tokens)):
            surface = piece.replace("▁", "").replace("</w>", "").replace("@@", "")
            at = text.find(surface, max(cursor, 0)) if surface else -1
            if at < 0 or at - cursor > len(surface) + 20:
                spans.append((max(cursor, 0), max(cursor, 0)))
                continue
            cursor = at + len(surface)
            spans.append((at, cursor))
        return tuple(spans)


def _reason(error: Exception, local: Path) -> str:
    if local.is_dir():
        return f"is no translation model that transformers can load: {error}"
    return (
        "no such directory, and the hub does not give it "
        f"({type(error).__name__}); check the id and the network"
    )
