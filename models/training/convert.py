"""A trained checkpoint into the directory that is shipped: CTranslate2 int8 and a manifest."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from koerier.models import store
from koerier.models.manifest import MANIFEST, read_json

SENTENCEPIECE_FILES = ("source.spm", "target.spm")


def write_tokenizer(sentencepiece: Path, out: Path) -> int:
    """The files of a MarianTokenizer for a joint SentencePiece model; <pad> is put last.

    Returns:
        The size of the vocabulary, <pad> included.
    """
    import sentencepiece as spm

    processor = spm.SentencePieceProcessor(model_file=str(sentencepiece))
    pieces = [processor.id_to_piece(number) for number in range(processor.get_piece_size())]
    vocabulary = {piece: number for number, piece in enumerate([*pieces, "<pad>"])}
    out.mkdir(parents=True, exist_ok=True)
    for name in SENTENCEPIECE_FILES:
        shutil.copy(sentencepiece, out / name)
    tokenizer = {
        "tokenizer_class": "MarianTokenizer",
        "source_lang": "en",
        "target_lang": "nl",
        "model_max_length": 512,
        "separate_vocabs": False,
    }
    for name, content in (("vocab.json", vocabulary), ("tokenizer_config.json", tokenizer)):
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (out / name).write_text(text, encoding="utf-8")
    return len(vocabulary)


def convert(
    checkpoint: Path,
    out: Path,
    manifest: dict[str, Any],
    quantization: str = "int8_float32",
    alignment_heads: int | None = None,
) -> None:
    """Convert a Marian checkpoint of `transformers` into a directory that may hold other files.

    Args:
        checkpoint: directory with config.json, weights, source.spm, target.spm, vocab.json.
        out: directory to fill; files of the same names are replaced.
        manifest: goes into koerier.json, over what the conversion knows by itself.
        alignment_heads: see `koerier.models.store.convert`.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = store.convert(
            str(checkpoint), Path(folder) / out.name, quantization, alignment_heads
        )
        for path in made.iterdir():
            shutil.copy(path, out / path.name)
    told = {**read_json(out / MANIFEST), **manifest}
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    (out / MANIFEST).write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--manifest", type=Path, required=True, help="JSON to ship beside it")
    parser.add_argument("--quantization", default="int8_float32")
    parser.add_argument("--heads", type=int, help="guided heads (default: all)")
    arguments = parser.parse_args()
    manifest = json.loads(arguments.manifest.read_text(encoding="utf-8"))
    convert(
        arguments.checkpoint,
        arguments.out,
        manifest,
        arguments.quantization,
        alignment_heads=arguments.heads,
    )


if __name__ == "__main__":
    main()
