"""What the tests of HTML, plain text and ninjs share."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from koerier.data.formats.base import Format, Options, Source
from koerier.pipeline.story import Block, Origin, Segment, Story

SAMPLES = Path(__file__).parent / "samples"
OPTIONS = Options(provenance="koerier 0.1; test & co")


def shout(text: str) -> str:
    """Upper case, character by character, so that offsets stay."""
    return "".join(char.upper() if len(char.upper()) == 1 else char for char in text)


def translate(blocks: Iterable[Block], targets: dict[str, str] | None = None) -> list[Block]:
    """Give each block one segment whose target is its source in upper case, or one of `targets`.

    The tags stay where they are, cut at the end of the text.
    """
    done = []
    for block in blocks:
        segment = Segment(f"{block.id}.s1", block.source, tags=list(block.tags))
        target = (targets or {}).get(block.source, shout(block.source))
        segment.settle(target, Origin("engine", "test"))
        last = len(target)
        segment.target_tags = [
            replace(tag, start=min(tag.start, last), end=min(tag.end, last)) for tag in block.tags
        ]
        block.segments = [segment]
        done.append(block)
    return done


def stories(format_: Format, data: bytes, name: str = "story") -> list[Story]:
    return list(format_.open(Source(name, content=data), OPTIONS).stories())


def convert(
    format_: Format,
    data: bytes,
    *,
    name: str = "story",
    targets: dict[str, str] | None = None,
    untouched: bool = False,
    drop: Iterable[str] = (),
) -> bytes:
    """Read `data`, translate every block unless `untouched`, and write it again.

    Args:
        drop: sources of blocks to leave out.
    """
    document = format_.open(Source(name, content=data), OPTIONS)
    read = list(document.stories())
    for story in read:
        if not untouched:
            translate(story.blocks, targets)
        for block in story.blocks:
            block.drop = block.source in drop
    out = io.BytesIO()
    document.write(read, out)
    return out.getvalue()


def shape(blocks: Iterable[Block]) -> list[tuple[object, ...]]:
    """Everything about blocks that a translation must leave as it is."""
    return [
        (
            *(block.id, block.role, block.translate, shout(block.source)),
            *((tag.kind, tag.start, tag.end, tag.parent, tag.paired) for tag in block.tags),
        )
        for block in blocks
    ]
