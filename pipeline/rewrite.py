"""A text that is rewritten in several passes, with the sum of them as edits of the original."""

from __future__ import annotations

from collections.abc import Sequence

from koerier.pipeline.story import Edit, apply_edits


class Rewrite:
    """Keeps for each character of the text where it stood in the original.

    Attributes:
        text: the text as it is now.
    """

    def __init__(self, original: str) -> None:
        self.text = original
        self._length = len(original)
        self._origin: list[int | None] = list(range(len(original)))

    def apply(self, edits: Sequence[Edit]) -> None:
        """Apply non-overlapping edits of the text as it is now."""
        if not edits:
            return
        origin: list[int | None] = []
        cursor = 0
        trimmed = [_trimmed(self.text, edit) for edit in edits]
        for edit in trimmed:
            origin += self._origin[cursor : edit.start]
            origin += [None] * len(edit.text)
            cursor = edit.end
        self._origin = origin + self._origin[cursor:]
        self.text, _ = apply_edits(self.text, trimmed)

    def edits(self) -> list[Edit]:
        """All that was done, as edits of the original."""
        found: list[Edit] = []
        cursor, inserted = 0, ""
        for char, place in zip(self.text, self._origin, strict=True):
            if place is None:
                inserted += char
                continue
            if place > cursor or inserted:
                found.append(Edit(cursor, place, inserted))
            cursor, inserted = place + 1, ""
        if cursor < self._length or inserted:
            found.append(Edit(cursor, self._length, inserted))
        return found


def _trimmed(text: str, edit: Edit) -> Edit:
    """The edit without what it leaves as it was at its edges."""
    old, new = text[edit.start : edit.end], edit.text
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Edit(edit.start + head, edit.end - tail, new[head : len(new) - tail])
