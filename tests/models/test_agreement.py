"""The same checkpoint through `transformers` and through CTranslate2, and what alignments tell."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from koerier.models import store
from koerier.models.engine import Engine
from koerier.models.registry import EngineOptions, load_engine
from koerier.pipeline.errors import KoerierError

pytest.importorskip("torch")

WORDS = (
    *("The", "minister", "said", "on", "Tuesday", "that", "talks", "—", "worth", "$4.5"),
    *("million", "“would”", "close", "for", "3", "days"),
)
STRINGS = [" ".join(random.Random(seed).choices(WORDS, k=1 + seed % 14)) for seed in range(40)] + [
    "  Twice  spaced ",
    "",
    " ",
    "Ünïcode 🙂 東京",
    "</s> and <unk> in the text",
]

# No pair of tokens twice, or random weights would repeat one for ever.
VARIED = EngineOptions(beam_size=1, no_repeat_ngram_size=2, threads=1)


@pytest.fixture(scope="module", params=["marian", "m2m100"])
def checkpoint(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture(scope="module")
def converted(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store.convert(str(checkpoint), tmp_path_factory.mktemp("ct2") / "tiny", "float32")


@pytest.mark.parametrize(
    "options",
    [VARIED, replace(VARIED, beam_size=3), replace(VARIED, beam_size=4, length_penalty=0.6)],
)
def test_both_give_the_same_texts_and_scores(
    checkpoint: Path, converted: Path, options: EngineOptions
) -> None:
    one = [best[0] for best in load_engine(f"hf:{checkpoint}", options).translate(STRINGS)]
    other = [best[0] for best in load_engine(f"ct2:{converted}", options).translate(STRINGS)]
    # The tokenizer of M2M-100 strips what it decodes, and random weights write control characters.
    assert [a.text.strip() for a in one] == [b.text.strip() for b in other]
    assert len({hypothesis.text for hypothesis in one}) > 20
    for a, b in zip(one, other, strict=True):
        # A translation cut at its bound has no end token, which CTranslate2 counts all the same.
        assert (a.score is None and b.score is None) or a.score == pytest.approx(b.score, rel=0.1)


def test_attention_is_the_same(checkpoint: Path, converted: Path) -> None:
    one = load_engine(f"hf:{checkpoint}", VARIED).translate(STRINGS[:20], alignment=True)
    other = load_engine(f"ct2:{converted}", VARIED).translate(STRINGS[:20], alignment=True)
    compared = 0
    for (a,), (b,) in zip(one, other, strict=True):
        assert a.alignment is not None
        assert b.alignment is not None
        assert a.alignment.source_spans == b.alignment.source_spans
        if a.text == b.text and a.alignment.weights.shape == b.alignment.weights.shape:
            np.testing.assert_allclose(a.alignment.weights, b.alignment.weights, atol=1e-3)
            compared += 1
    assert compared >= 18


@pytest.mark.parametrize("kind", ["hf", "ct2"])
def test_spans_are_in_order_and_inside(kind: str, checkpoint: Path, converted: Path) -> None:
    where = checkpoint if kind == "hf" else converted
    engine = load_engine(f"{kind}:{where}", VARIED)
    for source, (best,) in zip(STRINGS, engine.translate(STRINGS, alignment=True), strict=True):
        if not source.strip():
            assert best.text == ""
            continue
        soft = best.alignment
        assert soft is not None
        assert soft.weights.shape == (len(soft.target_spans), len(soft.source_spans))
        assert soft.weights.dtype == np.float32
        assert (soft.weights.sum(axis=1) <= 1.001).all()
        for text, spans in ((source, soft.source_spans), (best.text, soft.target_spans)):
            starts = [start for start, _ in spans]
            assert starts == sorted(starts)
            assert all(0 <= start <= end <= len(text) for start, end in spans)
        assert "".join(source[a:b] for a, b in soft.source_spans) == "".join(source.split())


def _texts(engine: Engine, strings: list[str]) -> list[str]:
    return [best[0].text for best in engine.translate(strings)]


@pytest.mark.parametrize("kind", ["hf", "ct2"])
def test_order_and_neighbours_do_not_matter(kind: str, checkpoint: Path, converted: Path) -> None:
    where = checkpoint if kind == "hf" else converted
    options = EngineOptions(threads=1, beam_size=2, no_repeat_ngram_size=2, batch_tokens=64)
    engine = load_engine(f"{kind}:{where}", options)
    together = _texts(engine, STRINGS)
    assert _texts(engine, STRINGS[::-1])[::-1] == together
    assert [_texts(engine, [string])[0] for string in STRINGS[:12]] == together[:12]


@pytest.mark.parametrize("kind", ["hf", "ct2"])
def test_nothing_of_a_long_source_is_cut_off(kind: str, checkpoint: Path, converted: Path) -> None:
    where = checkpoint if kind == "hf" else converted
    engine = load_engine(f"{kind}:{where}", EngineOptions(threads=1, beam_size=1))
    source = "The minister said on Tuesday that the talks would go on. " * 60
    ((best,),) = engine.translate([source], alignment=True)
    soft = best.alignment
    assert soft is not None
    assert len(soft.source_spans) > 600
    assert "".join(source[a:b] for a, b in soft.source_spans) == "".join(source.split())
    assert soft.weights.shape == (len(soft.target_spans), len(soft.source_spans))
    assert max(end for _, end in soft.target_spans) == len(best.text)


@pytest.mark.parametrize("kind", ["hf", "ct2"])
def test_alternatives_come_best_first(kind: str, checkpoint: Path, converted: Path) -> None:
    where = checkpoint if kind == "hf" else converted
    engine = load_engine(f"{kind}:{where}", replace(VARIED, beam_size=2))
    (found,) = engine.translate(["The minister said."], alternatives=3)
    assert len(found) == 3
    first = load_engine(f"{kind}:{where}", replace(VARIED, beam_size=3))
    assert first.translate(["The minister said."])[0][0] == found[0]


@pytest.mark.parametrize("beam", [1, 3])
def test_both_give_the_same_texts_for_nllb(nllb: Path, tmp_path: Path, beam: int) -> None:
    options = replace(VARIED, beam_size=beam)
    texts = ["The minister said on Tuesday.", "Police denied that.", "Ünknown 東京"]
    theirs = load_engine(f"hf:{nllb}", options)
    ours = load_engine(f"ct2:{store.convert(str(nllb), tmp_path / 'ct2', 'float32')}", options)
    assert _texts(theirs, texts) == _texts(ours, texts)
    assert _texts(load_engine(f"hf:{nllb}", replace(options, target_language="en")), texts) != (
        _texts(theirs, texts)
    )


def test_an_unknown_language_is_refused(m2m100: Path) -> None:
    with pytest.raises(KoerierError, match="does not know the language 'qaa'"):
        load_engine(f"hf:{m2m100}", EngineOptions(target_language="qaa"))
