"""How often inline markup lands around the right words.

    python -m koerier.evaluation.tag_accuracy [SET.tsv ...]

A set holds lines ``tagged source TAB tagged target``. Tags are matched by name; a target may hold
a tag that the source does not (the second half of a phrase that Dutch parts in two), which no
projection can make and which is not counted. Measured are the share of tags with exactly the
reference's range and the F1 of the words inside them, for three aligners: ours, ours without its
lexical table, and the diagonal, which puts a tag at the same relative place.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from koerier.pipeline.align import Aligner, Link, WordAlignment, tokenize
from koerier.pipeline.markup import project
from koerier.pipeline.story import Tag

SETS = Path(__file__).parent / "sets"
PIECE = re.compile(r"<(?P<end>/?)(?P<name>\w+)(?P<lone>/?)>|[^<]+")


class Alignment(Protocol):
    def align(self, source: str, target: str) -> WordAlignment: ...


class Diagonal:
    """Each target word linked to the source word at the same relative place."""

    def align(self, source: str, target: str) -> WordAlignment:
        one, other = tokenize(source), tokenize(target)
        links = [Link(number * len(one) // len(other), number, 1.0) for number in range(len(other))]
        return WordAlignment(one, other, links if one else [])


@dataclass(frozen=True)
class Accuracy:
    """Of `tags` tags, the share with exactly the right range, and the F1 of the words in them."""

    tags: int
    exact: float
    f1: float


def parse(tagged: str) -> tuple[str, list[Tag]]:
    """Text and tags of simple inline notation: ``<a>...</a>``, ``<br/>``.

    Raises:
        ValueError: if tags are not nested.
    """
    text = ""
    tags: list[Tag] = []
    stack: list[Tag] = []
    for match in PIECE.finditer(tagged):
        if match["name"] is None:
            text += match[0]
        elif match["end"]:
            if not stack or stack[-1].kind != match["name"]:
                raise ValueError(f"{match[0]} closes nothing in {tagged!r}")
            stack.pop().end = len(text)
        else:
            name, lone = match["name"], bool(match["lone"])
            parent = stack[-1].id if stack else None
            close = "" if lone else f"</{name}>"
            tag = Tag(name, len(text), len(text), match[0], close, name, parent)
            tags.append(tag)
            if not lone:
                stack.append(tag)
    if stack:
        raise ValueError(f"<{stack[-1].kind}> is not closed in {tagged!r}")
    return text, tags


def read(path: Path) -> Iterator[tuple[str, list[Tag], str, list[Tag]]]:
    """Source, its tags, target, its tags of each line of a set."""
    for line in path.read_text(encoding="utf-8").splitlines():
        source, target = line.split("\t")
        yield *parse(source), *parse(target)


def accuracy(paths: Sequence[Path], aligner: Alignment) -> Accuracy:
    """Project the source's tags on the reference target and compare with the reference's."""
    count = exact = both = ours = theirs = 0
    for path in paths:
        for source, tags, target, reference in read(path):
            wanted = {tag.id: tag for tag in reference}
            words = tokenize(target)
            for tag in project(source, tags, target, aligner.align(source, target)):
                right = wanted[tag.id]
                count += 1
                exact += (tag.start, tag.end) == (right.start, right.end)
                inside = {w for w in words if tag.start <= w[0] and w[1] <= tag.end}
                meant = {w for w in words if right.start <= w[0] and w[1] <= right.end}
                both, ours, theirs = (
                    both + len(inside & meant),
                    ours + len(inside),
                    theirs + len(meant),
                )
    return Accuracy(count, exact / count, 2 * both / (ours + theirs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="*", default=sorted(SETS.glob("*.tsv")))
    arguments = parser.parse_args()
    aligners: dict[str, Alignment] = {
        "ours": Aligner(),
        "ours, no lexicon": Aligner(Path("/dev/null/none")),
        "diagonal": Diagonal(),
    }
    print(f"{'aligner':18} {'tags':>5} {'exact':>7} {'word F1':>8}")
    for name, aligner in aligners.items():
        found = accuracy(arguments.sets, aligner)
        print(f"{name:18} {found.tags:5} {found.exact:7.1%} {found.f1:8.3f}")


if __name__ == "__main__":
    main()
