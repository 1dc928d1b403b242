"""Models on this machine: the bundled one and those a user installed."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from koerier.models.hub import checkpoint
from koerier.models.manifest import MANIFEST, digest, read_json
from koerier.models.registry import BUNDLED
from koerier.pipeline.errors import KoerierError

TOKENIZER_FILES = (
    "source.spm",
    "target.spm",
    "sentencepiece.bpe.model",
    "sentencepiece.model",
    "spiece.model",
)
QUANTIZATIONS = ("int8", "int8_float32", "int16", "float16", "bfloat16", "float32")


@dataclass(frozen=True)
class Model:
    """An installed model.

    Attributes:
        engine: what `--engine` takes to run it.
        bytes: size of all its files together.
        manifest: its koerier.json, {} where it has none.
    """

    name: str
    path: Path
    engine: str
    bytes: int
    manifest: dict[str, Any]


def home() -> Path:
    """Where models are installed: $KOERIER_HOME, else the XDG data directory."""
    if own := os.environ.get("KOERIER_HOME"):
        return Path(own).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "koerier"


def models() -> list[Model]:
    """The bundled model, then the installed ones by name."""
    folder = home() / "models"
    installed = sorted(path for path in folder.iterdir()) if folder.is_dir() else []
    found = [BUNDLED] if is_ctranslate2(BUNDLED) else []
    found += [path for path in installed if path.is_dir() and not path.name.startswith(".")]
    return [_model(path) for path in found]


def find(name: str) -> Model:
    """The model of that name.

    Raises:
        KoerierError: naming the models there are.
    """
    known = models()
    for model in known:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in known) or "none"
    raise KoerierError(f"no model {name!r} is installed (installed: {names})")


def add(origin: str, name: str | None = None) -> Model:
    """Install a CTranslate2 or `transformers` directory, or a model of the Hugging Face hub.

    The model appears under its name whole or not at all.

    Raises:
        KoerierError: if it cannot be had, is no model, or the name is taken.
    """
    local = Path(origin).expanduser()
    if name is None:
        name = local.resolve().name if local.is_dir() else origin.replace("/", "--")
    if not name or name.startswith(".") or Path(name).name != name:
        raise KoerierError(f"{name!r} is no name for a model; use letters, digits, dashes and dots")
    target = home() / "models" / name
    if target.exists() or any(model.name == name for model in models()):
        raise KoerierError(f"a model {name!r} is installed already; choose another with --name")
    source = checkpoint(origin)
    if not (is_ctranslate2(source) or is_transformers(source)):
        raise KoerierError(
            "neither a CTranslate2 model (model.bin) nor a transformers one (config.json)",
            source=origin,
        )
    with _installing(target) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
    return _model(target)


def convert(
    origin: str, out: Path, quantization: str = "int8", alignment_heads: int | None = None
) -> Path:
    """Convert a `transformers` checkpoint (directory or hub id) to a CTranslate2 directory.

    Args:
        alignment_heads: how many of the last decoder layer's first heads give the alignment, as
            their mean; all of them where it is None.

    Raises:
        KoerierError: if `transformers` is not installed, the checkpoint cannot be converted, or
            `out` exists.
    """
    if quantization not in QUANTIZATIONS:
        raise KoerierError(
            f"unknown quantization {quantization!r} (known: {', '.join(QUANTIZATIONS)})"
        )
    if out.exists():
        raise KoerierError("exists already", source=str(out))
    try:
        import torch  # noqa: F401
        import transformers
        from ctranslate2.converters import TransformersConverter
    except ImportError as error:
        raise KoerierError(f"{error.name} is not installed: pip install 'koerier[hf]'") from error
    local = Path(origin).expanduser()
    source = checkpoint(origin)
    if is_ctranslate2(source) and not is_transformers(source):
        raise KoerierError(
            "this is a CTranslate2 model; quantization is chosen when the transformers "
            "checkpoint it came from is converted",
            source=origin,
        )

    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()

    class Converter(TransformersConverter):  # type: ignore[misc]
        """Alignment as the mean of several heads of the last layer, where it would be one head."""

        def _load(self) -> Any:
            spec = super()._load()
            heads = spec.decoder.alignment_heads
            wanted = alignment_heads or int(spec.decoder.num_heads)
            spec.decoder.alignment_heads = type(heads)(wanted)
            return spec

    with _installing(out) as folder:
        try:
            Converter(str(source)).convert(str(folder), quantization=quantization, force=True)
        except (ValueError, OSError, KeyError, RuntimeError) as error:
            raise KoerierError(f"cannot be converted: {error}", source=origin) from error
        for name in TOKENIZER_FILES:
            if (source / name).is_file():
                shutil.copy(source / name, folder / name)
        manifest = {
            "schema": 1,
            "name": out.name,
            # Of the weights themselves, so that output can be told from that of other weights.
            "version": digest(folder / "model.bin")[:12],
            "architecture": _architecture(source),
            "quantization": quantization,
            "origin": origin if source != local else local.resolve().name,
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return out


def _architecture(path: Path) -> str:
    """As the config.json of `transformers` names it; empty where it does not."""
    names = read_json(path / "config.json").get("architectures") or [""]
    return str(names[0])


def is_ctranslate2(path: Path) -> bool:
    return (path / "model.bin").is_file()


def is_transformers(path: Path) -> bool:
    if not (path / "config.json").is_file():
        return False
    return any(path.glob("*.safetensors")) or any(path.glob("pytorch_model*.bin"))


@contextmanager
def _installing(target: Path) -> Iterator[Path]:
    """A folder to fill that takes the place of `target` when all went well."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise KoerierError(f"cannot write: {error.strerror}", source=str(target)) from error
    try:
        yield folder
        folder.chmod(0o755)
        folder.rename(target)
    except OSError as error:
        raise KoerierError(f"cannot write: {error.strerror}", source=str(target)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _model(path: Path) -> Model:
    manifest = read_json(path / MANIFEST)
    manifest.setdefault("architecture", _architecture(path))
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    kind = "ct2" if is_ctranslate2(path) else "hf"
    engine = "default" if path == BUNDLED else f"{kind}:{path}"
    return Model(path.name, path, engine, size, manifest)
