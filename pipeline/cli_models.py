"""`koerier models`: what is installed, and how more comes in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from koerier.models import store

models = typer.Typer(
    name="models",
    help="Translation models: list, info, add, convert, quantize.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
Quantization = Annotated[
    str, typer.Option("--quantization", "--to", help=", ".join(store.QUANTIZATIONS))
]


@models.command(name="list", epilog="Example: koerier models list --json")
def list_(as_json: AsJson = False) -> None:
    """The bundled model and the installed ones."""
    found = store.models()
    if as_json:
        typer.echo(json.dumps([_as_dict(model) for model in found], indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "version", "architecture", "quantization", "MB", "scores"):
        table.add_column(column, justify="right" if column == "MB" else "left")
    for model in found:
        table.add_row(
            model.name,
            str(model.manifest.get("version", "")),
            str(model.manifest["architecture"]),
            str(model.manifest.get("quantization", "")),
            f"{model.bytes / 1e6:.0f}",
            _scores(model.manifest),
        )
    Console().print(table)


@models.command(epilog="Example: koerier models info en-nl-news")
def info(name: str, as_json: AsJson = False) -> None:
    """All that is known of one model."""
    model = store.find(name)
    if as_json:
        typer.echo(json.dumps(_as_dict(model), indent=2, ensure_ascii=False))
        return
    typer.echo(f"{model.name}\n  path: {model.path}\n  engine: {model.engine}")
    typer.echo(f"  size: {model.bytes / 1e6:.1f} MB")
    for key, value in model.manifest.items():
        if key != "name":
            shown = value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)
            typer.echo(f"  {key}: {shown}")


@models.command(epilog="Example: koerier models add Helsinki-NLP/opus-mt-en-nl --name opus")
def add(
    origin: Annotated[str, typer.Argument(help="A directory, or an id on the Hugging Face hub.")],
    name: Annotated[str | None, typer.Option(help="Name to install it under.")] = None,
) -> None:
    """Install a CTranslate2 or transformers model."""
    model = store.add(origin, name)
    typer.echo(f"installed {model.name}; use it with --engine {model.engine}")


@models.command(epilog="Example: koerier models convert Helsinki-NLP/opus-mt-en-nl opus-ct2/")
def convert(
    origin: Annotated[str, typer.Argument(help="A transformers directory or hub id.")],
    out: Annotated[Path, typer.Argument(help="CTranslate2 directory to make.")],
    quantization: Quantization = "int8",
) -> None:
    """Convert a transformers checkpoint to CTranslate2."""
    typer.echo(f"converted; use it with --engine ct2:{store.convert(origin, out, quantization)}")


@models.command(epilog="Example: koerier models quantize opus-mt-en-nl/ opus-int8/ --to int8")
def quantize(
    origin: Annotated[str, typer.Argument(help="The transformers directory or hub id.")],
    out: Annotated[Path, typer.Argument(help="CTranslate2 directory to make.")],
    quantization: Quantization = "int8",
) -> None:
    """Make a smaller, faster CTranslate2 model of a transformers checkpoint."""
    convert(origin, out, quantization)


def _as_dict(model: store.Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "path": str(model.path),
        "engine": model.engine,
        "bytes": model.bytes,
        "manifest": model.manifest,
    }


def _scores(manifest: dict[str, Any]) -> str:
    """``{"set": {"metric": 1.0}}`` as "set metric 1.0"."""
    return ", ".join(
        f"{name} {metric} {value:.1f}"
        for name, metrics in manifest.get("scores", {}).items()
        for metric, value in metrics.items()
    )
