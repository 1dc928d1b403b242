"""The real command, killed at many points of a job with the bundled model, then resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from content import stories
from files import write_corpus
from trees import tree

COMMAND = [sys.executable, "-c", "from koerier.pipeline.cli import main; main()", "translate"]
POINTS = 20


def start(wire: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    options = ["-o", str(out), "--jobs", "2", "--beam", "1", *more]
    return subprocess.Popen(
        [*COMMAND, str(wire), *options],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wire")
    write_corpus(folder, stories(130))
    return folder


@pytest.fixture(scope="module")
def whole(
    wire: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, bytes], float, float]:
    """The tree of an uninterrupted run, and when its first file and its last were there."""
    out = tmp_path_factory.mktemp("whole") / "out"
    began = time.monotonic()
    process = start(wire, out)
    while process.poll() is None and not any(out.glob("*.txt")):
        time.sleep(0.01)
    first = time.monotonic() - began
    finish(process)
    return tree(out), first, time.monotonic() - began


@pytest.mark.parametrize("point", range(POINTS))
def test_a_job_killed_anywhere_resumes_to_the_same_files(
    point: int, wire: Path, whole: tuple[dict[str, bytes], float, float], tmp_path: Path
) -> None:
    wanted, first, last = whole
    out = tmp_path / "out"
    process = start(wire, out)
    # A fifth of the points before the first file is there, the others while files are written.
    if point < POINTS // 5:
        delay = first * (point + 1) / (POINTS // 5 + 1)
    else:
        delay = first + (last - first) * (point - POINTS // 5) / (POINTS - POINTS // 5)
    time.sleep(delay)
    if point % 2:
        os.killpg(process.pid, signal.SIGKILL)
    else:  # the job alone: its workers must notice and stop
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for path in out.rglob("*.txt"):
        name = str(path.relative_to(out))
        assert path.read_bytes() == wanted[name], f"{name} is half-written"
    finish(start(wire, out, "--resume"))
    assert tree(out) == wanted


def test_a_worker_that_is_killed_costs_nothing(
    wire: Path, whole: tuple[dict[str, bytes], float, float], tmp_path: Path
) -> None:
    wanted, first, _ = whole
    process = start(wire, tmp_path / "out")
    deadline = time.monotonic() + 30
    workers: list[int] = []
    while not workers and time.monotonic() < deadline:
        time.sleep(0.05)
        workers = _workers(process.pid)
    time.sleep(first / 4)
    os.kill(workers[0], signal.SIGKILL)
    finish(process)
    assert tree(tmp_path / "out") == wanted


def test_interrupting_says_how_to_go_on(wire: Path, tmp_path: Path) -> None:
    process = start(wire, tmp_path / "out")
    assert process.stderr is not None
    assert process.stderr.readline().startswith(b"engine: ")
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert b"--resume" in errors
    assert b"Traceback" not in errors


def test_one_process_or_two_the_files_are_the_same(
    wire: Path, whole: tuple[dict[str, bytes], float, float], tmp_path: Path
) -> None:
    wanted, _, _ = whole
    process = start(wire, tmp_path / "out", "--jobs", "1")
    finish(process)
    assert tree(tmp_path / "out") == wanted


def _workers(parent: int) -> list[int]:
    """Processes started by `parent` that run a worker (not the resource tracker)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"spawn_main" in command:
            found.append(int(stat.parent.name))
    return found
