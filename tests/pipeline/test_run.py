from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from engines import POISON, Shouting
from trees import tree

from koerier.data.formats.base import Options
from koerier.pipeline import manifest
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.inputs import plan
from koerier.pipeline.manifest import Manifest
from koerier.pipeline.run import run
from koerier.pipeline.worker import Job, Result

TEXT = "A headline\n\nBy JANE DOE\n\nThe first paragraph of story {n}. It has two sentences.\n"


class Quiet:
    def __init__(self) -> None:
        self.told: list[Result] = []

    def advance(self, result: Result) -> None:
        self.told.append(result)


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    folder = tmp_path / "wire"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02d}.txt").write_text(TEXT.format(n=number))
    return folder


def translate(wire: Path, out: Path, *, resume: bool = False, **settings: object) -> list[Result]:
    job = Job(out, **settings)  # type: ignore[arg-type]
    return run(job, plan([str(wire)], out), Quiet(), resume=resume)


def test_every_story_gets_its_files(shouting: Shouting, wire: Path, tmp_path: Path) -> None:
    results = translate(wire, tmp_path / "out", page=True)
    assert [result.outcome for result in results] == ["translated"] * 40
    assert "THE FIRST PARAGRAPH OF STORY 7." in (tmp_path / "out" / "07.txt").read_text()
    names = {name for name in tree(tmp_path / "out") if name.startswith("07")}
    assert names == {"07.txt", "07.txt.bilingual.xlf", "07.txt.page.html"}


def test_one_bad_story_costs_no_other(shouting: Shouting, wire: Path, tmp_path: Path) -> None:
    (wire / "05.txt").write_text(f"A story\n\nThat is {POISON} for the engine.\n")
    (wire / "06.xml").write_text("<nitf><body><p>not closed")
    (wire / "07.xml").write_text('<!DOCTYPE nitf [<!ENTITY a "b">]><nitf><p>&a;</p></nitf>')
    (wire / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01")
    (wire / "empty.txt").write_bytes(b"")
    results = {r.task.relative: r for r in translate(wire, tmp_path / "out")}
    failed = {name: r.error for name, r in results.items() if r.error}
    assert sorted(failed) == ["05.txt", "06.xml", "07.xml"]
    assert failed["05.txt"] == f"{wire / '05.txt'}: the engine choked"
    assert str(wire / "06.xml") in str(failed["06.xml"])
    assert "entit" in str(failed["07.xml"])
    assert not any("\n" in str(error) for error in failed.values())
    assert results["photo.jpg"].outcome == "skipped, no story format"
    assert results["empty.txt"].outcome == "nothing to translate"
    assert (tmp_path / "out" / "empty.txt").read_bytes() == b""
    done = sum(result.outcome == "translated" for result in results.values())
    assert done == 39
    assert not (tmp_path / "out" / "05.txt").exists()


def test_resume_does_only_what_is_not_done(shouting: Shouting, wire: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    translate(wire, out)
    whole = tree(out)
    shouting.seen.clear()
    assert len(translate(wire, out, resume=True)) == 40
    assert shouting.seen == []
    (out / "03.txt").unlink()
    (out / ".00.txt.koerier-part").write_bytes(b"half")
    lines = out / ".koerier" / "manifest.jsonl"
    lines.write_text(lines.read_text() + '{"relative": "torn')
    translate(wire, out, resume=True)
    assert any("story 3." in text for text in shouting.seen)
    assert not any("story 4." in text for text in shouting.seen)
    assert tree(out) == whole


def test_a_changed_source_or_setting_is_done_again(
    shouting: Shouting, wire: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    translate(wire, out)
    (wire / "09.txt").write_text(TEXT.format(n="ninety"))
    shouting.seen.clear()
    translate(wire, out, resume=True)
    assert [text for text in shouting.seen if "story" in text] == [
        "The first paragraph of story ninety."
    ]
    shouting.seen.clear()
    translate(wire, out, resume=True, options=Options(provenance="x"), drop_boilerplate=True)
    assert sum("story" in text for text in shouting.seen) == 40


def test_without_resume_everything_is_done_again(
    shouting: Shouting, wire: Path, tmp_path: Path
) -> None:
    translate(wire, tmp_path / "out")
    shouting.seen.clear()
    translate(wire, tmp_path / "out")
    assert sum("story" in text for text in shouting.seen) == 40


def test_two_jobs_cannot_write_to_one_folder(
    shouting: Shouting, wire: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with (
        Manifest(out).opened(resume=False),
        pytest.raises(KoerierError, match="another job is writing"),
    ):
        translate(wire, out)


def test_a_job_waits_for_workers_that_outlived_theirs(
    shouting: Shouting, wire: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    translate(wire, out)
    monkeypatch.setattr(manifest, "WORKERS_GONE_SECONDS", 0.2)
    with (
        manifest.hold_as_worker(out),
        pytest.raises(KoerierError, match="worker of an earlier job"),
    ):
        translate(wire, out, resume=True)
    assert len(translate(wire, out, resume=True)) == 40


def test_an_output_folder_that_cannot_be_written_is_named(
    shouting: Shouting, wire: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KoerierError, match="cannot write"):
        translate(wire, tmp_path / "file" / "out")


def test_a_full_disk_fails_that_file_in_one_line(
    shouting: Shouting, wire: Path, tmp_path: Path
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    out = tmp_path / "out"
    out.mkdir()
    # The folder is swept of leftovers before the work begins, so the link is made in between.
    job = Job(out)

    class Sabotage(Quiet):
        def advance(self, result: Result) -> None:
            super().advance(result)
            link = out / ".20.txt.koerier-part"
            if not link.is_symlink():
                os.symlink("/dev/full", link)

    results = run(job, plan([str(wire)], out), Sabotage())
    failed = [result for result in results if result.error]
    assert [result.task.relative for result in failed] == ["20.txt"]
    assert "No space left" in str(failed[0].error)
    assert not (out / "20.txt").exists()


def test_a_file_of_many_stories_is_one_file_again(shouting: Shouting, tmp_path: Path) -> None:
    rows = [{"id": n, "headline": f"Headline {n}", "text": f"Body {n}."} for n in range(5000)]
    source = tmp_path / "wire.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (result,) = translate(source, tmp_path / "out")
    assert (result.stories, result.segments) == (5000, 10_000)
    lines = (tmp_path / "out" / "wire.jsonl").read_text().splitlines()
    assert json.loads(lines[4321]) == {
        "id": 4321,
        "headline": "HEADLINE 4321",
        "text": "BODY 4321.",
    }
