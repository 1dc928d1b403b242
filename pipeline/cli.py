"""The `koerier` command: options in, one line out when something is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from koerier.data.formats.base import Options, Source
from koerier.models.registry import EngineOptions
from koerier.pipeline.cli_models import models
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.typography_style import QUOTE_STYLES

if TYPE_CHECKING:  # loading an engine's libraries takes a second that --help need not wait for
    from koerier.pipeline.translate import Translator
    from koerier.pipeline.worker import Job

app = typer.Typer(
    name="koerier",
    help="English wire stories into publishable Dutch.",
    epilog="Example: koerier translate story.xml -o dutch/",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(models)

STANDARD_STREAM = "-"
FAILED = 1
USAGE = 2
INTERRUPTED = 130


class Boilerplate(StrEnum):
    """What to do with READ MORE lines and the like."""

    TRANSLATE = "translate"
    DROP = "drop"


Quotes = StrEnum("Quotes", {name: name for name in QUOTE_STYLES})  # type: ignore[misc]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"koerier {version('koerier')}")
        raise typer.Exit


@app.callback()
def koerier(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command(
    epilog="""Examples:

\b
  koerier translate story.xml -o dutch/               one story, its format kept
  koerier translate wire/ -o dutch/ --jobs 2 --resume  a folder; go on where a killed run stopped
  koerier translate --lines < source.en > target.nl    line-aligned
  koerier translate - --format html < in.html > out.html
  koerier translate story.xml --json                   one JSON object a story
  koerier translate story.xml -o dutch/ --engine hf:Helsinki-NLP/opus-mt-en-nl
  koerier translate news.csv -o dutch/ --column text=artikel --column id=nummer"""
)
def translate(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, globs, hub:OWNER/DATASET, or - for standard input."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the Dutch files.")
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Line-aligned: standard input to standard output.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a story on standard output.")
    ] = False,
    format_name: Annotated[
        str | None, typer.Option("--format", help="Input format, where it cannot be told.")
    ] = None,
    engine: Annotated[
        str,
        typer.Option(help="default, ct2:DIR, hf:ID_OR_DIR, firefox:DIR_OR_PAIR or file:PATH."),
    ] = "default",
    beam: Annotated[int | None, typer.Option(min=1, help="Beam size.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads in all.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each with its own engine.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave alone what an earlier run finished.")
    ] = False,
    bilingual: Annotated[bool, typer.Option(help="Write an XLIFF file beside each story.")] = True,
    page: Annotated[
        bool, typer.Option("--page", help="Write a side-by-side HTML page beside each story.")
    ] = False,
    boilerplate: Annotated[
        Boilerplate, typer.Option(help="READ MORE lines and the like: translate or drop.")
    ] = Boilerplate.TRANSLATE,
    quotes: Annotated[
        Quotes | None, typer.Option(help="Dutch quotation marks, by house style.")
    ] = None,
    conventions: Annotated[
        Path | None, typer.Option(help="Your own wire conventions (TOML) over the built-in ones.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="For tables: ROLE=NAME, e.g. text=body; may be given more than once."),
    ] = None,
    source_language: Annotated[str, typer.Option("--from", help="BCP 47 tag.")] = "en",
    target_language: Annotated[str, typer.Option("--to", help="BCP 47 tag.")] = "nl",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Translate stories, line-aligned text or tables into Dutch."""
    from koerier.pipeline.worker import Job

    job = Job(
        out=out or Path(),
        engine=engine,
        engine_options=EngineOptions(
            beam_size=beam,
            device=device,
            threads=_threads_each(threads, jobs),
            source_language=source_language,
            target_language=target_language,
        ),
        format=format_name,
        options=Options(source_language, target_language, _columns(column or [])),
        conventions=conventions,
        quotes=None if quotes is None else str(quotes.value),
        drop_boilerplate=boilerplate is Boilerplate.DROP,
        bilingual=bilingual,
        page=page,
    )
    names = inputs or []
    if lines:
        _translate_lines(job, names, quiet)
    elif as_json or names == [STANDARD_STREAM]:
        _translate_to_stdout(job, names, as_json, quiet)
    elif not names:
        raise _usage("nothing to translate: name a file, a folder, or - for standard input")
    elif out is None:
        raise _usage("say where the Dutch files go: -o FOLDER")
    else:
        _translate_files(job, names, jobs, resume, quiet)


def _translate_files(job: Job, names: list[str], jobs: int, resume: bool, quiet: bool) -> None:
    from koerier.pipeline.inputs import plan
    from koerier.pipeline.progress import Bar, summary
    from koerier.pipeline.run import run

    console = Console(stderr=True, quiet=quiet)
    tasks = plan(names, job.out)
    try:
        with Bar(console, len(tasks)) as bar:
            results = run(
                job,
                tasks,
                bar,
                jobs=jobs,
                resume=resume,
                announce=lambda engine_id: _announce(console, engine_id),
            )
    except KeyboardInterrupt:
        typer.echo(
            "koerier: interrupted; the same command with --resume goes on from here", err=True
        )
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # workers stop when the job is gone; nothing is half-written
    console.print(summary(results))
    failed = [result for result in results if result.error is not None]
    for result in failed:
        typer.echo(f"koerier: {result.error}", err=True)
    if failed:
        raise typer.Exit(FAILED)


def _translate_lines(job: Job, names: list[str], quiet: bool) -> None:
    from koerier.models.file_engine import LinesEngine
    from koerier.pipeline.lines import target_lines, translate_lines

    if names not in ([], [STANDARD_STREAM]):
        raise _usage("--lines reads standard input: koerier translate --lines < FILE")
    translator = _translator(job, quiet, line_aligned=True)
    for story in translate_lines(_stdin_lines(), translator, job.options):
        for line in target_lines(story):
            sys.stdout.buffer.write(line.encode() + b"\n")
    sys.stdout.flush()
    if isinstance(translator.engine, LinesEngine):
        translator.engine.finish()


def _translate_to_stdout(job: Job, names: list[str], as_json: bool, quiet: bool) -> None:
    from koerier.data.formats.registry import open_document
    from koerier.pipeline.inputs import plan

    translator = _translator(job, quiet)
    if names in ([], [STANDARD_STREAM]):
        sources = [Source("<stdin>", content=sys.stdin.buffer.read())]
    else:
        sources = [Source(str(task.source), task.source) for task in plan(names, job.out / "json")]
    options = replace(
        job.options, provenance=f"koerier {version('koerier')}; {translator.engine.id}"
    )
    failed = False
    for source in sources:
        try:
            document = open_document(source, options, job.format)
            stories = translator(document.stories())
            if as_json:
                for story in stories:
                    sys.stdout.buffer.write(story.to_json() + b"\n")
            else:
                document.write(stories, sys.stdout.buffer)
        except KoerierError as error:
            typer.echo(f"koerier: {error.at(source=source.name)}", err=True)
            failed = True
    sys.stdout.flush()
    if failed:
        raise typer.Exit(FAILED)


def _translator(job: Job, quiet: bool, *, line_aligned: bool = False) -> Translator:
    from koerier.models.registry import load_engine
    from koerier.pipeline.translate import Translator
    from koerier.pipeline.worker import settings_for

    engine = load_engine(job.engine, job.engine_options)
    _announce(Console(stderr=True, quiet=quiet), engine.id)
    # A line of finished output is a translation of the whole line.
    whole_lines = line_aligned and engine.in_order
    return Translator(engine, replace(settings_for(job), keep_segments=whole_lines))


def _announce(console: Console, engine_id: str) -> None:
    console.print(f"engine: {engine_id}", highlight=False, markup=False)


def _stdin_lines() -> Iterator[str]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise KoerierError(
                f"not UTF-8 (byte {error.start})", source="<stdin>", place=f"line {number}"
            ) from None
        yield text.rstrip("\r\n")


def _columns(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not (role and equals and name):
            raise _usage(f"--column wants ROLE=NAME, not {pair!r}")
        columns[role] = name
    return columns


def _threads_each(threads: int | None, jobs: int) -> int:
    return max(1, (threads or len(os.sched_getaffinity(0))) // jobs)


def _usage(message: str) -> KoerierError:
    error = KoerierError(message)
    error.exit_status = USAGE
    return error


def main() -> None:
    """Entry point: every `KoerierError` is one line on standard error and a non-zero exit."""
    try:
        app()
    except KoerierError as error:
        typer.echo(f"koerier: {error}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
