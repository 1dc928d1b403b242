"""The recipe from raw pairs to a model that translates, on a few sentences."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from koerier.models.registry import EngineOptions, load_engine
from koerier.models.training import lexicon, prepare

ENGLISH = ["a red house", "a green tree", "the old man", "the red tree", "a house", "an old house"]
DUTCH = [
    "een rood huis",
    "een groene boom",
    "de oude man",
    "de rode boom",
    "een huis",
    "een oud huis",
]

RECIPE = """
[data]
vocabulary = 340
longest = 60
[data.weights]
news = 1.0
stories = 1.5
neighbours = 1.0
[model]
width = 16
feed_forward = 32
heads = 4
encoder_layers = 1
decoder_layers = 1
dropout = 0.1
[training]
minutes = 10
steps = {steps}
batch_tokens = 60
warm_up_steps = 4
matrix_rate = 2e-3
other_rate = 1e-3
label_smoothing = 0.1
clip_norm = 1.0
save_every_seconds = 1000
seed = 1
guide_corpora = ["news"]
guided_heads = 2
guide_weight = 0.3
"""


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    both = list(zip(ENGLISH, DUTCH, strict=True))
    pairs = [f"{one} {n}.\t{other} {n}." for n in range(8) for one, other in both]
    with lzma.open(folder / "news.tsv.xz", "wt", encoding="utf-8") as file:
        file.write("\n".join([*pairs, "no target", "same\tsame"]) + "\n")
    (folder / "stories").mkdir()
    (folder / "stories" / "one.tsv").write_text(
        "headline\tA red house\tEen rood huis\n"
        "p\tPARIS (AP) — The old man left.\tPARIJS (AP) – De oude man vertrok.\n"
        "p\tHe came back.\tHij kwam terug.\n",
        encoding="utf-8",
    )
    return folder


def test_pairs_are_read_with_stories_neighbours_and_without_datelines(corpora: Path) -> None:
    mix: dict[str, list[prepare.Pair]] = {}
    for name, pair in prepare.read_mix(corpora):
        mix.setdefault(name, []).append(pair)
    assert len(mix["news"]) == 48
    assert ("The old man left.", "De oude man vertrok.") in mix["stories"]
    assert len(mix["neighbours"]) == 1
    assert mix["neighbours"][0][1].endswith("vertrok. Hij kwam terug.")


def test_the_lexical_table_finds_translations_and_is_always_the_same(
    corpora: Path, tmp_path: Path
) -> None:
    pairs = [pair for _, pair in prepare.read_mix(corpora)]
    for name in ("one.gz", "two.gz"):
        lexicon.write(pairs, tmp_path / name)
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()
    best: dict[str, tuple[str, float]] = {}
    with gzip.open(tmp_path / "one.gz", "rt", encoding="utf-8") as rows:
        for row in rows:
            source, target, probability, _ = row.split("\t")
            best.setdefault(source, (target, float(probability)))
    assert best["man"][0] == "man"
    assert best["house"][0] == "huis"
    assert best["tree"][0] == "boom"


def test_training_stopped_and_resumed_gives_the_same_weights(
    corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from safetensors.torch import load_file

    from koerier.models.training import convert, train

    for steps in (3, 6):
        (tmp_path / f"{steps}.toml").write_text(RECIPE.format(steps=steps))
    sizes = prepare.prepare(corpora, tmp_path / "6.toml", tmp_path / "data")
    assert sizes["news"] == 48
    # The learning rate follows the clock; a still clock makes runs comparable.
    monkeypatch.setattr(train.time, "monotonic", lambda: 0.0)
    torch.set_num_threads(1)
    train.train(tmp_path / "data", tmp_path / "whole", tmp_path / "6.toml")
    train.train(tmp_path / "data", tmp_path / "parts", tmp_path / "3.toml")
    halfway = load_file(tmp_path / "parts" / "model.safetensors")
    train.train(tmp_path / "data", tmp_path / "parts", tmp_path / "6.toml")
    whole = load_file(tmp_path / "whole" / "model.safetensors")
    parts = load_file(tmp_path / "parts" / "model.safetensors")
    assert any(not torch.equal(halfway[name], whole[name]) for name in whole)
    for name, weights in whole.items():
        assert torch.equal(weights, parts[name]), name

    # The decoder starts from the row of <pad>, which CTranslate2 takes to be zero.
    assert not whole["model.shared.weight"][-1].any()
    assert whole["model.shared.weight"][:-1].abs().sum(1).all()

    convert.convert(tmp_path / "whole", tmp_path / "ct2", {"schema": 1, "name": "tiny"})
    engine = load_engine(f"ct2:{tmp_path / 'ct2'}", EngineOptions(beam_size=1))
    ((hypothesis,),) = engine.translate(["a red house 3."], alignment=True)
    assert engine.id.startswith("ct2:tiny@")
    assert hypothesis.alignment is not None
