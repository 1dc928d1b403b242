from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from koerier.models.engine import Hypothesis
from koerier.models.languages import LanguageTokens, language_tokens
from koerier.models.lengths import joined, parts
from koerier.models.pieces import Pieces
from koerier.pipeline.errors import KoerierError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT)
def test_spans_of_a_source_are_in_order(sentencepiece_model: Path, text: str) -> None:
    pieces = Pieces.load(sentencepiece_model)
    spans = pieces.spans(text)
    assert len(spans) == len(pieces.encode(text))
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT)
def test_spans_of_a_target_slice_to_its_pieces(sentencepiece_model: Path, text: str) -> None:
    pieces = Pieces.load(sentencepiece_model)
    encoded = pieces.encode(text)
    decoded, spans = pieces.decode_with_spans(encoded)
    assert decoded == pieces.decode(encoded)
    assert "".join(decoded[a:b] for a, b in spans).split() == "".join(decoded.split()).split()
    for piece, (start, end) in zip(encoded, spans, strict=True):
        if not piece.startswith("<0x"):
            assert decoded[start:end] == piece.replace("▁", "").strip()


def test_offsets_survive_normalisation(sentencepiece_model: Path) -> None:
    text = "The  minister said ½ of ﬁve…"  # two spaces, a fraction, a ligature, an ellipsis
    found = [text[a:b] for a, b in Pieces.load(sentencepiece_model).spans(text)]
    assert "".join(found) == "".join(text.split())


def test_what_is_no_sentencepiece_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "source.spm").write_bytes(b"nonsense")
    with pytest.raises(KoerierError, match="not a SentencePiece model") as caught:
        Pieces.load(tmp_path / "source.spm")
    assert "source.spm" in str(caught.value)


@settings(max_examples=100)
@given(text=TEXT, longest=st.integers(1, 20))
def test_parts_are_short_enough_and_lose_nothing(text: str, longest: int) -> None:
    spans = parts(text, len, longest)
    assert all(end - start <= longest for start, end in spans)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


def test_parts_are_cut_at_sentence_ends_first() -> None:
    text = "One, two three. Four five six seven."
    assert [text[a:b] for a, b in parts(text, len, 24)] == [
        "One, two three.",
        "Four five six seven.",
    ]


def test_a_joined_hypothesis_weighs_scores_by_length() -> None:
    whole = joined([(0, 3), (4, 9)], [Hypothesis("Een", -1.0), Hypothesis("twee drie", -2.0)])
    assert whole.text == "Een twee drie"
    assert whole.score == pytest.approx((3 * -1.0 + 9 * -2.0) / 12)
    assert joined([(0, 1), (2, 3)], [Hypothesis("a", -1.0), Hypothesis("b")]).score is None


@pytest.mark.parametrize(
    ("vocabulary", "tokens"),
    [
        ({"eng_Latn", "nld_Latn"}, LanguageTokens("eng_Latn", "nld_Latn")),
        ({"__en__", "__nl__"}, LanguageTokens("__en__", "__nl__")),
        ({"en_XX", "nl_XX"}, LanguageTokens("en_XX", "nl_XX")),
        ({"<2en>", "<2nl>"}, LanguageTokens("<2nl>")),
        ({">>nld<<", ">>deu<<"}, LanguageTokens(">>nld<<")),
        ({"▁the", "</s>"}, LanguageTokens()),
    ],
)
def test_language_tokens_follow_the_family(vocabulary: set[str], tokens: LanguageTokens) -> None:
    assert language_tokens("en-GB", "nl", vocabulary) == tokens
