"""Line-aligned translation: one line in, one line out, for scoring and Unix pipes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from koerier.data.formats.base import Options
from koerier.pipeline.story import Block, Role, Story
from koerier.pipeline.translate import Translator

LINES_A_STORY = 1_000


def translate_lines(
    lines: Iterable[str], translator: Translator, options: Options
) -> Iterator[Story]:
    """Translate lines (without line ends) as blocks of stories of at most `LINES_A_STORY` blocks.

    The blocks of the stories, in order, are the lines; an empty line is an empty block. A line is
    split into sentences like any block, and joined again.
    """
    return translator(_stories(iter(lines), options), detect_language=False)


def target_lines(story: Story) -> Iterator[str]:
    """The target of each block of a story made by `translate_lines`."""
    for block in story.blocks:
        text, _ = block.assemble()
        yield " ".join(text.split("\n"))


def _stories(lines: Iterator[str], options: Options) -> Iterator[Story]:
    number = 0
    while chunk := list(islice(lines, LINES_A_STORY)):
        blocks = [
            Block(f"l{number + position}", Role.PARAGRAPH, line)
            for position, line in enumerate(chunk, 1)
        ]
        yield Story(
            id=f"lines-{number + 1}",
            blocks=blocks,
            source_language=options.source_language,
            target_language=options.target_language,
            format="lines",
        )
        number += len(chunk)
