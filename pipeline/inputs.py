"""Which files a job reads, and where each one's Dutch goes."""

from __future__ import annotations

import glob
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from koerier.data.formats.hub import PREFIX as HUB
from koerier.pipeline.errors import KoerierError

BILINGUAL_SUFFIX = ".bilingual.xlf"
PAGE_SUFFIX = ".page.html"


@dataclass(frozen=True, order=True)
class Task:
    """One input and the path of its translation relative to the output folder.

    Attributes:
        named: whether the user named the file, or it was found in a folder.
        source: a file, or ``hub:OWNER/NAME``, a dataset that is streamed from the hub.
    """

    relative: str
    source: Path
    named: bool = True

    @property
    def size(self) -> float:
        """Bytes of the file; infinite for what is streamed, 0 for what cannot be read."""
        if self.is_streamed:
            return math.inf
        try:
            return self.source.stat().st_size
        except OSError:
            return 0

    @property
    def is_streamed(self) -> bool:
        return str(self.source).startswith(HUB)

    def outputs(self, folder: Path, *, bilingual: bool, page: bool) -> list[Path]:
        """Files the task writes, the Dutch story last."""
        story = folder / self.relative
        extra = [BILINGUAL_SUFFIX] * bilingual + [PAGE_SUFFIX] * page
        return [story.with_name(story.name + suffix) for suffix in extra] + [story]


def plan(inputs: Sequence[str], out: Path) -> list[Task]:
    """Expand files, folders and globs to tasks, sorted by output path.

    A folder is read recursively, hidden files left out, and its shape is kept under `out`. Files
    named one by one, or by a glob, land directly in `out`.

    Raises:
        KoerierError: for a path that does not exist, a pattern that matches nothing, two inputs
            that would be written to one file, or output that would overwrite input.
    """
    tasks: dict[str, Task] = {}
    for name in inputs:
        for task in _expand(name, out):
            other = tasks.setdefault(task.relative, task)
            if other.source.resolve() != task.source.resolve():
                raise KoerierError(
                    f"{other.source} and {task.source} would both be written to "
                    f"{out / task.relative}; give their common folder instead"
                )
            if (out / task.relative).resolve() == task.source.resolve():
                raise KoerierError(
                    "the translation would overwrite its source; give another output folder",
                    source=str(task.source),
                )
    return sorted(tasks.values())


def _expand(name: str, out: Path) -> list[Task]:
    if name.startswith(HUB):
        relative = name.removeprefix(HUB).replace("/", "--").replace(":", "--")
        return [Task(f"{relative}.jsonl", Path(name))]
    path = Path(name)
    if path.is_dir():
        root = out.resolve()
        if path.resolve() == root:
            raise KoerierError("the output folder is the input folder", source=name)
        return [
            Task(str(file.relative_to(path)), file, named=False)
            for file in path.rglob("*")
            if file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
            and root not in file.resolve().parents
        ]
    if path.exists():
        return [Task(path.name, path)]
    matches = [Path(match) for match in glob.glob(name, recursive=True)]
    if not matches:
        raise KoerierError("no such file or folder", source=name)
    return [Task(match.name, match) for match in matches if match.is_file()]
