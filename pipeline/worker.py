"""One worker of a job: an engine in memory, files in, Dutch files out, failures kept apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from koerier.data.atomic import atomic_writes
from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.bilingual import BilingualWriter
from koerier.data.formats.hub import HubDocument
from koerier.data.formats.page import to_page
from koerier.data.formats.registry import UnknownFormatError, open_document
from koerier.models.file_engine import LinesEngine
from koerier.models.registry import EngineOptions, load_engine
from koerier.pipeline.align import Aligner
from koerier.pipeline.conventions import Conventions
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.inputs import Task
from koerier.pipeline.manifest import Record, digest
from koerier.pipeline.story import Outcome, Story
from koerier.pipeline.translate import Settings, Translator
from koerier.pipeline.typography_style import Typography

# A file larger than this is translated as it is read, so that memory stays flat.
STREAMED_BYTES = 1024 * 1024


# Outcomes that no story has.
FAILED = "failed"
NOT_A_STORY = "skipped, no story format"


@dataclass(frozen=True)
class Job:
    """Everything that decides what a job writes; picklable, so that workers can have it."""

    out: Path
    engine: str = "default"
    engine_options: EngineOptions = field(default_factory=EngineOptions)
    format: str | None = None
    options: Options = field(default_factory=Options)
    conventions: Path | None = None
    quotes: str | None = None
    drop_boilerplate: bool = False
    bilingual: bool = True
    page: bool = False

    def fingerprint(self, engine_id: str) -> str:
        """SHA-256 over the settings, the engine and Koerier's version: same print, same output."""
        same_output = replace(self.engine_options, threads=0)
        settings = replace(self, out=Path(), engine=engine_id, engine_options=same_output)
        rules = self.conventions.read_bytes() if self.conventions else b""
        text = f"{version('koerier')} {settings!r}".encode()
        return hashlib.sha256(text + rules).hexdigest()


@dataclass
class Result:
    """What became of one task."""

    task: Task
    outcome: str = Outcome.TRANSLATED.value
    stories: int = 0
    segments: int = 0
    error: str | None = None
    record: Record | None = None


class Worker:
    """Translates chunks of tasks with one engine in memory."""

    def __init__(self, job: Job) -> None:
        self.job = job
        engine = load_engine(job.engine, job.engine_options)
        if isinstance(engine, LinesEngine):
            raise KoerierError(
                "a line-aligned file goes with --lines; for stories the translations must be "
                "in XLIFF or TMX",
                source=job.engine,
            )
        self.engine_id = engine.id
        self._translate = Translator(engine, settings_for(job))
        provenance = f"koerier {version('koerier')}; {engine.id}"
        self._options = replace(job.options, provenance=provenance)

    def __call__(self, tasks: Sequence[Task]) -> list[Result]:
        """Translate files together; if that fails, each alone, so that the others complete."""
        if len(tasks) == 1:
            return [self._alone(tasks[0])]
        opened: list[tuple[Task, Document, list[Story]]] = []
        results: dict[Task, Result] = {}
        for task in tasks:
            try:
                document = self._open(task)
                opened.append((task, document, list(document.stories())))
            except Exception as error:
                results[task] = _failure(task, error)
        try:
            translated = self._translate(story for _, _, stories in opened for story in stories)
            done = list(translated)
        except Exception:
            return [results.get(task) or self._alone(task) for task in tasks]
        rest = iter(done)
        for task, document, stories in opened:
            results[task] = self._write(task, document, list(islice(rest, len(stories))))
        return [results[task] for task in tasks]

    def _alone(self, task: Task) -> Result:
        try:
            document = self._open(task)
            stories: Iterable[Story] = document.stories()
            if task.size <= STREAMED_BYTES:
                stories = list(stories)
        except Exception as error:
            return _failure(task, error)
        return self._write(task, document, self._translate(stories))

    def _open(self, task: Task) -> Document:
        if task.is_streamed:
            return HubDocument(str(task.source), self._options)
        return open_document(Source(str(task.source), task.source), self._options, self.job.format)

    def _write(self, task: Task, document: Document, stories: Iterable[Story]) -> Result:
        result = Result(task)
        outputs = task.outputs(self.job.out, bilingual=self.job.bilingual, page=self.job.page)
        try:
            with atomic_writes(*outputs) as files, ExitStack() as stack:
                seen = _counted(stories, result)
                if self.job.bilingual:
                    bilingual = stack.enter_context(
                        BilingualWriter(files[0], self._options.provenance)
                    )
                    seen = bilingual.passing(seen)
                if self.job.page:
                    kept = list(seen)
                    files[-2].write(to_page(kept, self._options.provenance).encode())
                    seen = iter(kept)
                document.write(seen, files[-1])
            result.record = Record(
                task.relative,
                digest(task),
                "",
                tuple(str(path.relative_to(self.job.out)) for path in outputs),
                result.stories,
                result.segments,
                result.outcome,
            )
        except Exception as error:
            return _failure(task, error)
        return result


def settings_for(job: Job) -> Settings:
    """The pipeline settings of a job: conventions and typography from data files."""
    own = () if job.conventions is None else (job.conventions,)
    typography = Typography.load()
    if job.quotes is not None:
        typography = replace(typography, quotes=job.quotes)
    return Settings(
        conventions=Conventions.load(*own),
        typography=typography,
        aligner=Aligner(),
        drop_boilerplate=job.drop_boilerplate,
    )


def _counted(stories: Iterable[Story], result: Result) -> Iterator[Story]:
    outcomes: set[Outcome] = set()
    for story in stories:
        result.stories += 1
        result.segments += sum(len(block.segments) for block in story.blocks)
        outcomes.add(story.outcome or Outcome.TRANSLATED)
        # A file of several stories is translated if one of them is.
        best = next((outcome for outcome in Outcome if outcome in outcomes), Outcome.EMPTY)
        result.outcome = best.value
        yield story
    if not outcomes:
        result.outcome = Outcome.EMPTY.value


def _failure(task: Task, error: Exception) -> Result:
    if isinstance(error, UnknownFormatError) and not task.named:
        return Result(task, NOT_A_STORY)
    if isinstance(error, KoerierError):
        message = str(error.at(source=str(task.source)))
    elif isinstance(error, MemoryError | RecursionError):
        message = f"{task.source}: too large or too deeply nested to translate"
    else:
        message = f"{task.source}: unexpected {type(error).__name__}: {error}"
    return Result(task, FAILED, error=" ".join(message.split()))
