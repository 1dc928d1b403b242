"""A job: many files, one after another or side by side, resumable, one failure staying one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from koerier.data.atomic import remove_leftovers
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.inputs import Task
from koerier.pipeline.manifest import Manifest, Record, digest
from koerier.pipeline.pool import side_by_side
from koerier.pipeline.worker import Job, Result, Worker

# Small files go through the engine together, so that its batches are full.
CHUNK_FILES = 16
CHUNK_BYTES = 256 * 1024


class Progress(Protocol):
    """Told about each finished task; draws a bar or stays quiet."""

    def advance(self, result: Result) -> None: ...


def run(
    job: Job,
    tasks: Sequence[Task],
    progress: Progress,
    *,
    jobs: int = 1,
    resume: bool = False,
    announce: Callable[[str], None] = lambda engine_id: None,
) -> list[Result]:
    """Translate all tasks; results in task order. A failed task is a result, not an exception.

    Raises:
        KoerierError: if the job cannot start (no engine, output folder not writable or in use).
    """
    worker = Worker(job)
    announce(worker.engine_id)
    fingerprint = job.fingerprint(worker.engine_id)
    results: dict[Task, Result] = {}
    with Manifest(job.out).opened(resume=resume) as manifest:
        remove_leftovers(job.out)
        open_tasks = []
        for task in tasks:
            record = _already_done(manifest, task, fingerprint) if resume else None
            if record is None:
                open_tasks.append(task)
            else:
                results[task] = Result(
                    task, record.outcome, record.stories, record.segments, record=record
                )
                progress.advance(results[task])
        chunks = list(_chunks(open_tasks))
        if jobs == 1 or len(chunks) < 2:
            stream: Iterator[list[Result]] = map(worker, chunks)
        else:
            del worker
            stream = side_by_side(job, chunks, min(jobs, len(chunks)))
        for finished in stream:
            for result in finished:
                results[result.task] = result
                if result.record is not None:
                    manifest.add(replace(result.record, settings=fingerprint))
                progress.advance(result)
    return [results[task] for task in tasks]


def _already_done(manifest: Manifest, task: Task, fingerprint: str) -> Record | None:
    try:
        return manifest.done(task.relative, digest(task), fingerprint)
    except KoerierError:
        return None


def _chunks(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    chunk: list[Task] = []
    size = 0.0
    for task in tasks:
        if chunk and (len(chunk) == CHUNK_FILES or size + task.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0.0
        chunk.append(task)
        size += task.size
    if chunk:
        yield chunk
