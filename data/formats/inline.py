"""Text and tags as markup, the same way for every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from koerier.pipeline.story import Tag


def render(text: str, tags: Sequence[Tag], escape: Callable[[str], str]) -> str:
    """`text` with its tags in place: every tag exactly once, nested as `parent` says.

    The result is well-formed whatever the offsets: siblings come in order of their start (document
    order where equal), and a range that leaves its parent or runs into its next sibling is clipped.

    Args:
        tags: in document order of their opening; a parent that is not among them counts as none.
        escape: turns a stretch of text between tags into markup.
    """
    known = {tag.id: tag for tag in tags}
    inside: dict[str | None, list[Tag]] = {}
    for tag in tags:
        inside.setdefault(_parent(tag, known), []).append(tag)
    pieces: list[str] = []

    def emit(parent: str | None, low: int, high: int) -> None:
        cursor = low
        for tag in sorted(inside.get(parent, ()), key=lambda tag: tag.start):
            start = min(max(tag.start, cursor), high)
            end = min(max(tag.end, start), high)
            pieces.extend((escape(text[cursor:start]), tag.open))
            emit(tag.id, start, end)
            pieces.append(tag.close)
            cursor = end
        pieces.append(escape(text[cursor:high]))

    emit(None, 0, len(text))
    return "".join(pieces)


def _parent(tag: Tag, known: dict[str, Tag]) -> str | None:
    """The parent of a tag; None at the top, or where parents go round in a circle."""
    seen = {tag.id}
    above = tag.parent
    while above in known:
        if above in seen:
            return None
        seen.add(above)
        above = known[above].parent
    return tag.parent if tag.parent in known else None
