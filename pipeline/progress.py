"""What a person at a terminal sees of a job: a bar while it runs, a table when it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from koerier.pipeline.worker import Result


class Bar:
    """A progress bar over files, with segments per second; nothing where there is no terminal."""

    def __init__(self, console: Console, files: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("Translating", total=files, rate="")
        self._stories = 0
        self._segments = 0

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, result: Result) -> None:
        self._stories += result.stories
        self._segments += result.segments
        elapsed = self._progress.tasks[0].elapsed
        speed = self._segments / elapsed if elapsed else 0
        rate = f"{self._stories} stories, {speed:.0f} segments/s"
        self._progress.update(self._task, advance=1, rate=rate)


def summary(results: Sequence[Result]) -> Table:
    """Files, stories and segments by outcome."""
    table = Table(box=None, pad_edge=False)
    table.add_column("outcome")
    for column in ("files", "stories", "segments"):
        table.add_column(column, justify="right")
    files, stories, segments = Counter[str](), Counter[str](), Counter[str]()
    for result in results:
        files[result.outcome] += 1
        stories[result.outcome] += result.stories
        segments[result.outcome] += result.segments
    for outcome in sorted(files):
        table.add_row(outcome, str(files[outcome]), str(stories[outcome]), str(segments[outcome]))
    return table
