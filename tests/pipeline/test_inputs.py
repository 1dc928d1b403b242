from __future__ import annotations

from pathlib import Path

import pytest

from koerier.pipeline.errors import KoerierError
from koerier.pipeline.inputs import plan


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    for name in ("wire/a.txt", "wire/deep/b.xml", "wire/.hidden", "other/a.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return tmp_path


def test_a_folder_keeps_its_shape_without_hidden_files(wire: Path) -> None:
    tasks = plan([str(wire / "wire")], wire / "out")
    assert [task.relative for task in tasks] == ["a.txt", "deep/b.xml"]


def test_an_output_folder_inside_the_input_is_not_read(wire: Path) -> None:
    (wire / "wire" / "out").mkdir()
    (wire / "wire" / "out" / "old.txt").write_text("x")
    tasks = plan([str(wire / "wire")], wire / "wire" / "out")
    assert [task.relative for task in tasks] == ["a.txt", "deep/b.xml"]


def test_globs_and_files_land_directly_in_the_output(wire: Path) -> None:
    tasks = plan([str(wire / "wire" / "**" / "*.xml"), str(wire / "wire" / "a.txt")], wire / "o")
    assert [task.relative for task in tasks] == ["a.txt", "b.xml"]
    assert tasks[0].outputs(wire / "o", bilingual=True, page=True) == [
        wire / "o" / "a.txt.bilingual.xlf",
        wire / "o" / "a.txt.page.html",
        wire / "o" / "a.txt",
    ]


@pytest.mark.parametrize(
    ("names", "out", "message"),
    [
        (["wire/a.txt", "other/a.txt"], "out", "both be written"),
        (["wire/a.txt"], "wire", "overwrite its source"),
        (["wire"], "wire", "output folder is the input"),
        (["nowhere.txt"], "out", "nowhere.txt: no such file"),
        (["*.nothing"], "out", "no such file"),
    ],
)
def test_impossible_plans_are_refused(wire: Path, names: list[str], out: str, message: str) -> None:
    with pytest.raises(KoerierError, match=message):
        plan([str(wire / name) for name in names], wire / out)
