"""Chunks of a job over several processes; a process that dies costs no more than one file."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from typing import TextIO

from koerier.pipeline.inputs import Task
from koerier.pipeline.manifest import hold_as_worker
from koerier.pipeline.worker import FAILED, Job, Result, Worker

PARENT_POLL_SECONDS = 0.5

_worker: Worker | None = None
_hold: TextIO | None = None


def side_by_side(job: Job, chunks: Sequence[list[Task]], jobs: int) -> Iterator[list[Result]]:
    """Translate chunks in `jobs` processes; yields results chunk by chunk as they are finished.

    A chunk whose process dies is tried again file by file in a fresh process; the file that kills
    that one too is reported as failed.
    """
    waiting: SimpleQueue[list[Task]] = SimpleQueue()
    for chunk in chunks:
        waiting.put(chunk)
    finished: SimpleQueue[list[Result] | BaseException] = SimpleQueue()

    def attend() -> None:
        # Inherited by the workers: an interrupt is the job's to handle, not theirs.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        with _Process(job) as process:
            while True:
                try:
                    chunk = waiting.get_nowait()
                except Empty:
                    return
                try:
                    finished.put(process.translate(chunk))
                except BaseException as error:
                    finished.put(error)
                    return

    for _ in range(jobs):
        threading.Thread(target=attend, daemon=True).start()
    for _ in chunks:
        results = finished.get()
        if isinstance(results, BaseException):
            raise results
        yield results


class _Process:
    """A process with a worker in it, replaced when it dies."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._pool = self._start()

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def translate(self, chunk: list[Task]) -> list[Result]:
        try:
            return self._pool.submit(_translate, chunk).result()
        except BrokenProcessPool:
            self._pool = self._start()
        results = []
        for task in chunk:
            try:
                results += self._pool.submit(_translate, [task]).result()
            except BrokenProcessPool:
                self._pool = self._start()
                results.append(
                    Result(task, FAILED, error=f"{task.source}: the worker process died on it")
                )
        return results

    def _start(self) -> ProcessPoolExecutor:
        # spawn: the engine's threads do not survive a fork
        return ProcessPoolExecutor(
            1,
            mp_context=get_context("spawn"),
            initializer=_initialise,
            initargs=(self._job, os.getpid()),
        )


def _initialise(job: Job, parent: int) -> None:
    global _worker, _hold
    threading.Thread(target=_die_with_parent, args=(parent,), daemon=True).start()
    _hold = hold_as_worker(job.out)
    _worker = Worker(job)


def _translate(chunk: list[Task]) -> list[Result]:
    assert _worker is not None
    return _worker(chunk)


def _die_with_parent(parent: int) -> None:
    """A worker whose job was killed must not go on writing into the folder of the next one."""
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)
    os._exit(1)
