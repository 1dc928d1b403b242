"""What a job has finished, kept beside its output so that a killed job can go on."""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from koerier.data.atomic import write_atomically
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.inputs import Task

FOLDER = ".koerier"
# Workers notice within a second that their job was killed; some seconds are ample.
WORKERS_GONE_SECONDS = 15.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Record:
    """One finished task.

    Attributes:
        relative: path of the Dutch file in the output folder.
        digest: SHA-256 of the source file's bytes.
        settings: fingerprint of everything else that decides the output.
        outputs: files written, relative to the output folder.
    """

    relative: str
    digest: str
    settings: str
    outputs: tuple[str, ...]
    stories: int
    segments: int
    outcome: str


class Manifest:
    """Append-only while the job runs; rewritten in sorted order when it ends.

    A line is added after the files it speaks of are in place, so a line is always true; a line
    torn by a kill is ignored and its task done again, with the same bytes as result.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._path = out / FOLDER / "manifest.jsonl"
        self._records: dict[str, Record] = {}
        self._file: TextIO | None = None

    @contextmanager
    def opened(self, *, resume: bool) -> Iterator[Manifest]:
        """Hold the output folder for this job alone.

        Raises:
            KoerierError: if the folder cannot be written, or another job or a worker that outlived
                its own is writing to it.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = (self._path.parent / "lock").open("a")
        except OSError as error:
            raise KoerierError(
                f"cannot write: {error.strerror or error}", source=str(self._out)
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise KoerierError(
                    "another job is writing to this folder", source=str(self._out)
                ) from None
            _await_workers(self._out)
            if resume:
                self._load()
            self._rewrite()
            with self._path.open("a", encoding="utf-8") as self._file:
                yield self
            self._file = None
            self._rewrite()

    def done(self, relative: str, digest: str, settings: str) -> Record | None:
        """The record of a task that need not be done again, its files still being there."""
        record = self._records.get(relative)
        if (
            record is not None
            and (record.digest, record.settings) == (digest, settings)
            and all((self._out / output).is_file() for output in record.outputs)
        ):
            return record
        return None

    def add(self, record: Record) -> None:
        assert self._file is not None
        self._records[record.relative] = record
        self._file.write(_line(record))
        self._file.flush()

    def _load(self) -> None:
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                fields = json.loads(line)
                record = Record(**{**fields, "outputs": tuple(fields["outputs"])})
            except (ValueError, TypeError, KeyError):
                continue
            self._records[record.relative] = record

    def _rewrite(self) -> None:
        lines = "".join(_line(record) for _, record in sorted(self._records.items()))
        write_atomically(self._path, lines.encode())


def hold_as_worker(out: Path) -> TextIO:
    """Say that a process is writing to `out`, until it ends or the returned file is closed."""
    file = (out / FOLDER / "workers").open("a")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def _await_workers(out: Path) -> None:
    """Wait until no worker of a job that was killed is writing any more.

    Raises:
        KoerierError: if one does not stop.
    """
    deadline = time.monotonic() + WORKERS_GONE_SECONDS
    with (out / FOLDER / "workers").open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > deadline:
                    raise KoerierError(
                        "a worker of an earlier job is still writing to this folder",
                        source=str(out),
                    ) from None
                time.sleep(POLL_SECONDS)
            else:
                return


def _line(record: Record) -> str:
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"


def digest(task: Task) -> str:
    """SHA-256 of a task's file, in hexadecimal; of its name where it is streamed from elsewhere.

    Raises:
        KoerierError: if the file cannot be read.
    """
    path = task.source
    if task.is_streamed:
        return hashlib.sha256(str(path).encode()).hexdigest()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise KoerierError(error.strerror or str(error), source=str(path)) from error
