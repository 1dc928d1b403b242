from __future__ import annotations

import os
from pathlib import Path

import pytest

from koerier.data.atomic import atomic_writes, remove_leftovers, write_atomically
from koerier.pipeline.errors import KoerierError


def test_a_failed_write_leaves_the_old_file_and_no_leftovers(tmp_path: Path) -> None:
    old = tmp_path / "story.xml"
    old.write_bytes(b"old")

    def fail() -> None:
        with atomic_writes(tmp_path / "new.xlf", old) as (first, second):
            first.write(b"half")
            second.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert old.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["story.xml"]


def test_files_appear_whole_and_in_missing_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "story.xml"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KoerierError, match="cannot write") as caught:
        write_atomically(tmp_path / "file" / "story.xml", b"")
    assert str(tmp_path / "file" / "story.xml") in str(caught.value)


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    (tmp_path / ".story.xml.koerier-part").symlink_to("/dev/full")
    with pytest.raises(KoerierError, match=r"story\.xml: cannot write: No space left"):
        write_atomically(tmp_path / "story.xml", b"x" * 100)
    assert not (tmp_path / "story.xml").exists()


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / ".x.koerier-part").write_bytes(b"half")
    (tmp_path / "deep" / "x").write_bytes(b"whole")
    remove_leftovers(tmp_path)
    assert os.listdir(tmp_path / "deep") == ["x"]
