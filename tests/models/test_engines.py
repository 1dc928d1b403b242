from __future__ import annotations

from pathlib import Path

import pytest

from koerier.models import store
from koerier.models.registry import EngineOptions, load_engine
from koerier.pipeline.errors import KoerierError

TEXTS = [
    "The president said on Tuesday that the bridge was closed.",
    "Rain fell for three days.",
    "",
    "Anna de Wit, 62, lives in Geneva.",
]


@pytest.mark.parametrize("architecture", ["marian", "m2m100"])
@pytest.mark.parametrize("beam", [1, 3])
def test_transformers_and_ctranslate2_agree(
    architecture: str, beam: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    checkpoint: Path = request.getfixturevalue(architecture)
    converted = store.convert(str(checkpoint), tmp_path / "ct2", "float32")
    options = EngineOptions(threads=1, beam_size=beam, length_penalty=1.0)
    ours = load_engine(f"ct2:{converted}", options)
    theirs = load_engine(f"hf:{checkpoint}", options)
    # Random weights may never end a sentence: what both wrote within the shorter bound must agree.
    for one, other in zip(ours.translate(TEXTS), theirs.translate(TEXTS), strict=True):
        length = min(len(one[0].text), len(other[0].text))
        assert one[0].text[:length] == other[0].text[:length]
    assert len(ours.translate(TEXTS)[0][0].text) > 5
    assert ours.translate(TEXTS)[2][0].text == ""


@pytest.mark.parametrize("kind", ["ct2", "hf"])
def test_attention_comes_with_places_in_both_strings(
    kind: str, marian: Path, tmp_path: Path
) -> None:
    where = store.convert(str(marian), tmp_path / "ct2", "float32") if kind == "ct2" else marian
    engine = load_engine(f"{kind}:{where}", EngineOptions(threads=1, beam_size=1))
    ((hypothesis,),) = engine.translate(["The bridge was closed."], alignment=True)
    soft = hypothesis.alignment
    assert soft is not None
    assert soft.weights.shape == (len(soft.target_spans), len(soft.source_spans))
    assert (soft.weights >= 0).all()
    assert soft.weights.sum(axis=1).max() <= 1.001
    covered = "".join("The bridge was closed."[slice(*span)] for span in soft.source_spans)
    assert covered == "Thebridgewasclosed."
    written = "".join(hypothesis.text[slice(*span)] for span in soft.target_spans)
    assert written == "".join(hypothesis.text.split())


def test_a_translation_does_not_depend_on_its_neighbours(marian: Path, tmp_path: Path) -> None:
    converted = store.convert(str(marian), tmp_path / "ct2", "int8")
    engine = load_engine(f"ct2:{converted}", EngineOptions(threads=1, beam_size=2))
    together = [best[0].text for best in engine.translate(TEXTS * 3)]
    alone = [engine.translate([text])[0][0].text for text in TEXTS]
    assert together == alone * 3


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("nonsense", "unknown engine 'nonsense'; use default, ct2:"),
        ("ct2:", "wants something behind the colon"),
        ("ct2:/nowhere", r"model\.bin is missing"),
        ("hf:/nowhere/at/all", "no such directory"),
        ("firefox:/nowhere", "no such directory"),
        ("file:/nowhere.txt", "No such file"),
    ],
)
def test_what_is_missing_is_said_in_one_line(spec: str, message: str) -> None:
    with pytest.raises(KoerierError, match=message) as caught:
        load_engine(spec, EngineOptions())
    assert "\n" not in str(caught.value)


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(KoerierError, match=r"pip install 'koerier\[hf\]'"):
        load_engine("hf:some/model", EngineOptions())
    monkeypatch.setitem(sys.modules, "fxtranslate", None)
    with pytest.raises(KoerierError, match=r"pip install 'koerier\[firefox\]'"):
        load_engine("firefox:en-nl", EngineOptions())


def test_a_broken_model_file_is_named(marian: Path, tmp_path: Path) -> None:
    converted = store.convert(str(marian), tmp_path / "ct2", "float32")
    (converted / "model.bin").write_bytes((converted / "model.bin").read_bytes()[:1000])
    with pytest.raises(KoerierError, match="CTranslate2 cannot load it") as caught:
        load_engine(f"ct2:{converted}", EngineOptions())
    assert str(converted) in str(caught.value)


@pytest.mark.parametrize("kind", ["ct2", "hf"])
def test_a_device_that_is_not_there_is_said_in_one_line(
    kind: str, marian: Path, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    where = store.convert(str(marian), tmp_path / "ct2", "int8") if kind == "ct2" else marian
    with pytest.raises(KoerierError, match=r"cannot .*load") as caught:
        load_engine(f"{kind}:{where}", EngineOptions(device="cuda"))
    assert "CUDA" in str(caught.value)


def test_an_unknown_compute_type_is_refused(marian: Path) -> None:
    with pytest.raises(KoerierError, match="unknown compute type 'int8'; use float32"):
        load_engine(f"hf:{marian}", EngineOptions(compute_type="int8"))


def test_engines_of_others_come_in_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    from koerier.models import registry

    class Point:
        def load(self) -> object:
            return lambda target, options: (target, options.beam_size)

    def entry_points(*, group: str, name: str) -> list[Point]:
        return [Point()] if (group, name) == ("koerier.engines", "theirs") else []

    monkeypatch.setattr(registry, "entry_points", entry_points)
    assert load_engine("theirs:somewhere", EngineOptions(beam_size=2)) == ("somewhere", 2)


def test_decoding_defaults_come_from_the_manifest_and_give_way_to_options(
    marian: Path, tmp_path: Path
) -> None:
    import json

    converted = store.convert(str(marian), tmp_path / "ct2", "int8")
    manifest = json.loads((converted / "koerier.json").read_text())
    manifest["decoding"] = {"beam_size": 3, "length_penalty": 0.6}
    (converted / "koerier.json").write_text(json.dumps(manifest))
    engine = load_engine(f"ct2:{converted}", EngineOptions(threads=1))
    assert engine.decoding["beam_size"] == 3
    engine = load_engine(f"ct2:{converted}", EngineOptions(threads=1, beam_size=1))
    assert (engine.decoding["beam_size"], engine.decoding["length_penalty"]) == (1, 0.6)
    (converted / "koerier.json").write_text("[]")
    with pytest.raises(KoerierError, match=r"koerier\.json: is not a JSON object"):
        load_engine(f"ct2:{converted}", EngineOptions())
