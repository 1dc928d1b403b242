"""Files that are, at any moment, either the old one or the complete new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from koerier.pipeline.errors import KoerierError

TEMPORARY_SUFFIX = ".koerier-part"


@contextmanager
def atomic_writes(*paths: Path) -> Iterator[tuple[BinaryIO, ...]]:
    """Open files to write; on success they replace `paths` in the order given, else none does.

    Each is written beside its final place, flushed to disk, then renamed: POSIX ``rename`` is
    atomic within a file system. The last path is renamed last, so that it can vouch for the others.

    Raises:
        KoerierError: naming the file that could not be written (read-only, disk full...).
    """
    parts = [path.with_name(f".{path.name}{TEMPORARY_SUFFIX}") for path in paths]
    files: list[BinaryIO] = []
    try:
        for path, part in zip(paths, parts, strict=True):
            with _named(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                files.append(part.open("wb"))
        yield tuple(files)
        for path, file in zip(paths, files, strict=True):
            with _named(path):
                file.flush()
                os.fsync(file.fileno())
                file.close()
        for path, part in zip(paths, parts, strict=True):
            with _named(path):
                part.replace(path)
    finally:
        for file in files:
            with suppress(OSError):
                file.close()
        for part in parts:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write one file whole.

    Raises:
        KoerierError: naming the file that could not be written.
    """
    with atomic_writes(path) as (file,), _named(path):
        file.write(content)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that a killed run left under `folder`."""
    for part in folder.rglob(f".*{TEMPORARY_SUFFIX}"):
        with suppress(OSError):
            part.unlink()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KoerierError(f"cannot write: {error.strerror or error}", source=str(path)) from error
