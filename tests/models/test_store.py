from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from koerier.models import store
from koerier.models.registry import EngineOptions, load_engine
from koerier.pipeline.cli_models import models as command
from koerier.pipeline.errors import KoerierError

TEXT = "The minister said on Tuesday that the talks would go on."


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KOERIER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "home"


def test_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOERIER_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert store.home() == Path("/data/koerier")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert store.home() == Path("~/.local/share/koerier").expanduser()


@pytest.mark.parametrize("quantization", ["int8", "int16", "float16"])
def test_conversion_makes_a_smaller_model_that_runs(
    marian: Path, tmp_path: Path, quantization: str
) -> None:
    full = store.convert(str(marian), tmp_path / "full", "float32")
    small = store.convert(str(marian), tmp_path / "small", quantization)
    sizes = [(path / "model.bin").stat().st_size for path in (full, small)]
    assert sizes[1] < 0.7 * sizes[0]
    manifest = json.loads((small / "koerier.json").read_text())
    assert manifest["architecture"] == "MarianMTModel"
    assert manifest["quantization"] == quantization
    engine = load_engine(f"ct2:{small}", EngineOptions(beam_size=1, threads=1))
    assert engine.id == f"ct2:small@{manifest['version']}"
    assert engine.translate([TEXT])[0][0].text


def test_the_same_checkpoint_gives_the_same_version(marian: Path, tmp_path: Path) -> None:
    one, two, other = (
        json.loads((store.convert(str(marian), tmp_path / name, kind) / "koerier.json").read_text())
        for name, kind in (("one", "int8"), ("two", "int8"), ("other", "int16"))
    )
    assert one["version"] == two["version"] != other["version"]


def test_an_added_model_is_listed_and_translates(marian: Path, home: Path) -> None:
    before = [model.name for model in store.models()]
    added = store.add(str(marian), "tiny")
    assert [model.name for model in store.models()] == [*before, "tiny"]
    assert added.path == home / "models" / "tiny"
    assert added.manifest["architecture"] == "MarianMTModel"
    assert added.bytes == sum(path.stat().st_size for path in marian.iterdir())
    engine = load_engine(added.engine, EngineOptions(beam_size=1, threads=1))
    assert engine.translate([TEXT])[0][0].text
    with pytest.raises(KoerierError, match="'tiny' is installed already"):
        store.add(str(marian), "tiny")


def test_a_failed_installation_leaves_nothing(
    marian: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.shutil, "copytree", full)
    with pytest.raises(KoerierError, match="cannot write: No space left on device"):
        store.add(str(marian), "tiny")
    assert os.listdir(home / "models") == []


@pytest.mark.parametrize("name", ["../tiny", "a/b", ".hidden", ""])
def test_a_name_must_be_one_folder(marian: Path, name: str) -> None:
    with pytest.raises(KoerierError, match="no name for a model"):
        store.add(str(marian), name)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(KoerierError, match="neither a CTranslate2 model"):
        store.add(str(tmp_path / "empty"))
    with pytest.raises(KoerierError, match="the Hub does not give it now"):
        store.add("someone/no-such-model")
    with pytest.raises(KoerierError, match="unknown quantization 'int3'"):
        store.convert(str(tmp_path / "empty"), tmp_path / "out", "int3")
    with pytest.raises(KoerierError, match="cannot be converted"):
        store.convert(str(tmp_path / "empty"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_converted_model_cannot_be_quantized_again(marian: Path, tmp_path: Path) -> None:
    converted = store.convert(str(marian), tmp_path / "ct2", "float32")
    with pytest.raises(KoerierError, match="checkpoint it came from"):
        store.convert(str(converted), tmp_path / "small", "int8")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_from_conversion_to_list(marian: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny-int8"
    assert f"--engine ct2:{out}" in run("quantize", str(marian), str(out), "--to", "int8")
    assert "installed tiny-int8" in run("add", str(out))
    listed = run("list")
    assert "tiny-int8" in listed
    assert "MarianMTModel" in listed
    found = {model["name"]: model for model in json.loads(run("list", "--json"))}
    assert found["tiny-int8"]["manifest"]["quantization"] == "int8"
    assert json.loads(run("info", "tiny-int8", "--json")) == found["tiny-int8"]
    assert "quantization: int8" in run("info", "tiny-int8")


def test_an_unknown_name_says_what_there_is(marian: Path) -> None:
    store.add(str(marian), "tiny")
    with pytest.raises(KoerierError, match=r"no model 'none' is installed \(installed: .*tiny\)"):
        store.find("none")
