"""sacreBLEU scores of a model directory on development sets.

    python -m koerier.models.training.score [--model DIR] [--sets ../shared/eval] [--write]

A set is a pair of files NAME.en and NAME.nl, or a folder of stories (role TAB English TAB Dutch).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sacrebleu.metrics import BLEU, CHRF

from koerier.models.registry import BUNDLED, EngineOptions, load_engine

BEAMS = (1, 4)
NGRAM = 4
SHORTEST, LONGEST = 0.6, 1.6
FEWEST_WORDS = 8


@dataclass(frozen=True)
class Score:
    """Corpus scores in points, the share of degenerate segments, and what was done to get them."""

    segments: int
    beam: int
    bleu: float
    chrf: float
    degenerate: float
    bleu_signature: str
    chrf_signature: str


def sets(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Name, sources and references of each set in a folder."""
    for path in sorted(folder.glob("*.en")):
        reference = path.with_suffix(".nl")
        if reference.exists():
            yield path.stem, _lines(path), _lines(reference)
    for stories in sorted(path for path in folder.iterdir() if path.is_dir()):
        rows = [
            line.split("\t")
            for file in sorted(stories.glob("*.tsv"))
            for line in _lines(file)
            if line.strip()
        ]
        if rows:
            yield stories.name, [row[1] for row in rows], [row[2] for row in rows]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def degenerate(source: str, hypothesis: str) -> bool:
    """A 4-gram repeated that the source does not repeat, or a length far from the source's."""
    one, other = source.split(), hypothesis.split()
    ratio = len(other) / max(1, len(one))
    if len(one) >= FEWEST_WORDS and not SHORTEST <= ratio <= LONGEST:
        return True
    return _most_repeated(other) > max(1, _most_repeated(one))


def _most_repeated(words: Sequence[str]) -> int:
    grams = Counter(tuple(words[n : n + NGRAM]) for n in range(len(words) - NGRAM + 1))
    return max(grams.values(), default=0)


def score(
    sources: Sequence[str], references: Sequence[str], hypotheses: Sequence[str], beam: int
) -> Score:
    """Score one system output against one reference."""
    bleu, chrf = BLEU(), CHRF()
    one = bleu.corpus_score(hypotheses, [references])
    other = chrf.corpus_score(hypotheses, [references])
    bad = sum(map(degenerate, sources, hypotheses))
    return Score(
        segments=len(sources),
        beam=beam,
        bleu=round(one.score, 2),
        chrf=round(other.score, 2),
        degenerate=round(bad / len(sources), 4),
        bleu_signature=str(bleu.get_signature()),
        chrf_signature=str(chrf.get_signature()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--sets", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--write", action="store_true", help="put the scores into koerier.json")
    arguments = parser.parse_args()
    scores: dict[str, dict[str, float]] = {}
    print(f"{'set':14} {'beam':>4} {'BLEU':>6} {'chrF':>6} {'degenerate':>10}")
    for name, sources, references in sets(arguments.sets):
        for beam in BEAMS:
            engine = load_engine(f"ct2:{arguments.model}", EngineOptions(beam_size=beam))
            hypotheses = [best[0].text for best in engine.translate(sources)]
            found = score(sources, references, hypotheses, beam)
            points = f"{found.bleu:6.2f} {found.chrf:6.2f} {found.degenerate:10.2%}"
            print(f"{name:14} {beam:4} {points}")
            scores[name] = {"bleu": found.bleu, "chrf": found.chrf}
    if scores:
        print(f"BLEU {found.bleu_signature}\nchrF {found.chrf_signature}")
    if arguments.write and scores:
        path = arguments.model / "koerier.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        manifest["scores"] = scores
        manifest["signatures"] = {"bleu": found.bleu_signature, "chrf": found.chrf_signature}
        manifest["scored_beam"] = BEAMS[-1]
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
