"""Raw pairs into training data: read, clean, SentencePiece, token arrays."""

from __future__ import annotations

import argparse
import lzma
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import sentencepiece as spm
from numpy.typing import NDArray

Pair = tuple[str, str]

LONGEST_WORDS = 110
LONGEST_CHARACTERS = 700
# Ratio of target to source words, with some room for short sentences.
SHORTEST_RATIO, LONGEST_RATIO = 0.5, 2.0
# Story lines open with a dateline that the pipeline translates by rule.
DATELINE_ENDS = (" — ", " – ")
NEIGHBOURS_CHARACTERS = 500
EOS, UNK = 0, 1


def acceptable(source: str, target: str) -> bool:
    """Whether a pair can be a translation at all: both there, neither a copy nor far longer."""
    sources, targets = len(source.split()), len(target.split())
    return (
        0 < sources <= LONGEST_WORDS
        and 0 < targets <= LONGEST_WORDS
        and max(len(source), len(target)) < LONGEST_CHARACTERS
        and SHORTEST_RATIO * sources - 2 <= targets <= LONGEST_RATIO * sources + 3
        and source != target
    )


def read_corpus(path: Path) -> Iterator[Pair]:
    """Pairs of a ``.tsv.xz`` or ``.tsv`` file, English TAB Dutch."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) >= 2:
                yield fields[0].strip(), fields[1].strip()


def read_stories(folder: Path) -> tuple[list[Pair], list[Pair]]:
    """Lines of whole stories (role TAB English TAB Dutch), and neighbouring lines joined."""
    lines: list[Pair] = []
    neighbours: list[Pair] = []
    for path in sorted(folder.glob("*.tsv")):
        previous: Pair | None = None
        for line in path.read_text(encoding="utf-8").splitlines():
            fields = line.split("\t")
            if len(fields) < 3:
                previous = None
                continue
            pair = (fields[1], fields[2])
            lines.append(pair)
            lines += without_dateline(pair)
            is_paragraph = fields[0] == "p"
            if previous and is_paragraph and len(previous[0] + pair[0]) < NEIGHBOURS_CHARACTERS:
                neighbours.append((f"{previous[0]} {pair[0]}", f"{previous[1]} {pair[1]}"))
            previous = pair if is_paragraph else None
    return lines, neighbours


def without_dateline(pair: Pair) -> list[Pair]:
    """The pair less its dateline, as the pipeline hands it to the engine; none if it has none."""
    source_mark, target_mark = (f"(AP){end}" for end in DATELINE_ENDS)
    if source_mark in pair[0] and target_mark in pair[1]:
        return [(pair[0].split(source_mark, 1)[1], pair[1].split(target_mark, 1)[1])]
    return []


def read_mix(folder: Path) -> Iterator[tuple[str, Pair]]:
    """All acceptable pairs of a corpora folder with the name of the corpus they come from."""
    lines, neighbours = read_stories(folder / "stories")
    corpora: dict[str, list[Pair] | Iterator[Pair]] = {"stories": lines, "neighbours": neighbours}
    for path in sorted(folder.glob("*.tsv.xz")):
        corpora[path.name.removesuffix(".tsv.xz")] = read_corpus(path)
    for name, pairs in corpora.items():
        yield from ((name, pair) for pair in pairs if acceptable(*pair))


def train_sentencepiece(sentences: Iterator[str], prefix: Path, size: int) -> None:
    """A joint unigram model with byte fallback; </s> is 0, <unk> 1; Marian's <pad> comes after it.

    Text is not normalised, so that pieces keep their places in the string.
    """
    spm.SentencePieceTrainer.train(
        sentence_iterator=sentences,
        model_prefix=str(prefix),
        vocab_size=size - 1,
        hard_vocab_limit=False,
        model_type="unigram",
        character_coverage=0.9998,
        byte_fallback=True,
        normalization_rule_name="identity",
        eos_id=EOS,
        unk_id=UNK,
        bos_id=-1,
        input_sentence_size=200_000,
        shuffle_input_sentence=True,
        max_sentence_length=8_000,
        minloglevel=1,
    )


def prepare(corpora: Path, recipe: Path, out: Path) -> dict[str, int]:
    """Write joint.model and NAME.npz (token numbers of every corpus); returns pairs by corpus."""
    settings = tomllib.loads(recipe.read_text(encoding="utf-8"))["data"]
    out.mkdir(parents=True, exist_ok=True)
    mix: dict[str, list[Pair]] = {}
    for name, pair in read_mix(corpora):
        if name in settings["weights"]:
            mix.setdefault(name, []).append(pair)
    sample = (
        text
        for name, pairs in mix.items()
        for pair in pairs[:: max(1, round(1 / settings["weights"][name]))]
        for text in pair
    )
    train_sentencepiece(sample, out / "joint", settings["vocabulary"])
    processor = spm.SentencePieceProcessor(model_file=str(out / "joint.model"))
    sizes = {}
    for name, pairs in mix.items():
        encoded = zip(
            processor.encode([source for source, _ in pairs]),
            processor.encode([target for _, target in pairs]),
            strict=True,
        )
        kept = [pair for pair in encoded if max(map(len, pair)) <= settings["longest"]]
        np.savez_compressed(
            out / f"{name}.npz",
            source=_joined([source for source, _ in kept]),
            target=_joined([target for _, target in kept]),
            source_sizes=np.array([len(source) for source, _ in kept], dtype=np.int32),
            target_sizes=np.array([len(target) for _, target in kept], dtype=np.int32),
        )
        sizes[name] = len(kept)
    return sizes


def _joined(rows: list[list[int]]) -> NDArray[np.uint16]:
    return np.fromiter((token for row in rows for token in row), dtype=np.uint16)


def load(path: Path) -> list[tuple[list[int], list[int]]]:
    """Pairs of token numbers that `prepare` wrote."""
    with np.load(path) as arrays:
        sides = [
            [row.tolist() for row in np.split(arrays[side], arrays[f"{side}_sizes"].cumsum()[:-1])]
            for side in ("source", "target")
        ]
    return list(zip(*sides, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parent / "recipe.toml")
    arguments = parser.parse_args()
    for name, count in prepare(arguments.corpora, arguments.recipe, arguments.out).items():
        print(f"{name}\t{count} pairs")


if __name__ == "__main__":
    main()
