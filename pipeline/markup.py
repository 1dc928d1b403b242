"""Inline markup of a source segment to the right words of its target.

A paired tag goes around the contiguous run of target words that gathers most of what is linked to
its source words, less what is linked to other words: the maximum-sum run (Kadane's algorithm), so
that one stray link does not stretch a tag over half the sentence. A lone tag goes where it cuts
the fewest links. Tags keep their nesting; siblings never overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from koerier.models.engine import Span
from koerier.pipeline.align import WordAlignment, language_facts
from koerier.pipeline.story import Tag

# What an unlinked word costs inside a run: enough to keep it off the edges, not to break a run.
UNLINKED_COST = 0.02
# Marks that are read out as words.
SPOKEN_MARKS = frozenset("%‰$€£¥&§°")
# A linked target word this much longer than its source word may hold the next source word too.
COMPOUND_LETTERS = 4
SAME_MARKS = ({'"', "“", "”", "„", "«", "»", "'", "‘", "’"}, {"-", "–", "—"})


def project(source: str, tags: Sequence[Tag], target: str, alignment: WordAlignment) -> list[Tag]:
    """The same tags, in the same order, with offsets in `target`.

    Each tag comes back exactly once, inside its parent and beside its siblings. A tag around words
    is never empty as long as there are words left for it.

    Args:
        tags: tags of `source`; a parent that is not among them counts as none.
        alignment: of `source` and `target`.
    """
    if target == source:
        return [replace(tag) for tag in tags]
    return _Projection(source, tags, target, alignment).tags()


@dataclass(slots=True)
class _Room:
    """A run of target words ``[first, last)`` and the characters that belong to it."""

    first: int
    last: int
    start: int
    end: int


class _Projection:
    def __init__(
        self, source: str, tags: Sequence[Tag], target: str, alignment: WordAlignment
    ) -> None:
        self.source, self.target, self.alignment = source, target, alignment
        self.source_tags = tags
        self.words = alignment.target_words
        self.linked_sources = {link.source for link in alignment.links}
        self.linked_targets = {link.target for link in alignment.links}
        known = {tag.id for tag in tags}
        self.children: dict[str | None, list[Tag]] = {}
        for tag in tags:
            parent = tag.parent if tag.parent in known and tag.parent != tag.id else None
            self.children.setdefault(parent, []).append(tag)
        self.placed: dict[str, Tag] = {}

    def tags(self) -> list[Tag]:
        everything = _Room(0, len(self.words), 0, len(self.target))
        self._place_children(None, (0, len(self.source)), everything)
        for tag in self.source_tags:  # a circle of parents leads to no top
            self.placed.setdefault(tag.id, replace(tag, start=0, end=0))
        return [self.placed[tag.id] for tag in self.source_tags]

    def _place_children(self, parent: str | None, outer: Span, room: _Room) -> None:
        """Place the children of a tag whose source range is `outer` inside `room`."""
        children = self.children.pop(parent, [])
        paired = [tag for tag in children if self._source_words(tag)]
        taken: list[_Room] = []
        rooms: dict[str, _Room] = {}
        for tag in sorted(paired, key=lambda tag: -self._strength(tag)):
            found = self._room_for(tag, outer, room, taken)
            rooms[tag.id] = found
            taken.append(found)
        for tag in children:
            if tag.id in rooms:
                inner = rooms[tag.id]
                self.placed[tag.id] = replace(tag, start=inner.start, end=inner.end)
                self._place_children(tag.id, (tag.start, tag.end), inner)
            else:
                place = self._lone_place(tag.start, outer, room, taken)
                self.placed[tag.id] = replace(tag, start=place, end=place)
                self._place_children(tag.id, (tag.start, tag.end), _Room(0, 0, place, place))

    def _source_words(self, tag: Tag) -> list[int]:
        """Numbers of the source words, not punctuation, that the tag's range touches."""
        return [
            number
            for number, (start, end) in enumerate(self.alignment.source_words)
            if tag.start < tag.end
            and start < tag.end
            and end > tag.start
            and _spoken(self.source[start])
        ]

    def _strength(self, tag: Tag) -> float:
        inside = set(self._source_words(tag))
        strengths = [link.strength for link in self.alignment.links if link.source in inside]
        return sum(strengths) / len(inside)

    def _room_for(self, tag: Tag, outer: Span, room: _Room, taken: Sequence[_Room]) -> _Room:
        if tag.start <= outer[0] and tag.end >= outer[1] and not taken:
            return replace(room)
        first, last = self._run(tag, outer, room, taken)
        if first == last:
            place = self._lone_place(tag.start, outer, room, taken)
            return _Room(first, first, place, place)
        start, end = self.words[first][0], self.words[last - 1][1]
        low = max((other.end for other in taken if other.end <= start), default=room.start)
        high = min((other.start for other in taken if other.start >= end), default=room.end)
        start, end = self._with_marks(tag, start, end, low, high)
        return _Room(first, last, start, end)

    def _run(self, tag: Tag, outer: Span, room: _Room, taken: Sequence[_Room]) -> tuple[int, int]:
        """The run of free words in `room` that is the target of the tag's words."""
        inside = set(self._source_words(tag))
        worth = [-UNLINKED_COST] * len(self.words)
        linked = [0.0] * len(self.words)
        for link in self.alignment.links:
            if not self._is_word(link.target):
                continue
            worth[link.target] += link.strength if link.source in inside else -link.strength
            if link.source in inside:
                linked[link.target] += link.strength
        runs = self._free_runs(room, taken)
        best, choice = 0.0, (room.first, room.first)
        for low, high in runs:
            total, begin = 0.0, low
            for number in range(low, high):
                if total <= 0:
                    total, begin = 0.0, number
                total += worth[number]
                if total > best + 1e-9:
                    best, choice = total, (begin, number + 1)
        if best <= 0:
            free = [n for low, high in runs for n in range(low, high) if self._is_word(n)]
            if not free:
                return choice
            number = max(
                free,
                key=lambda n: (
                    linked[n],
                    min(0.0, round(worth[n])),
                    self._is_content(self.target, self.words[n]),
                    -self._distance(tag, outer, room, n),
                ),
            )
            choice = (number, number + 1)
        return self._with_unlinked(
            inside, choice, next(r for r in runs if r[0] <= choice[0] < r[1])
        )

    def _with_unlinked(
        self, inside: set[int], run: tuple[int, int], free: tuple[int, int]
    ) -> tuple[int, int]:
        """The run with unlinked neighbours that stand for unlinked source words, and an article.

        Where both sides have words without a link, what stands beside the run is most likely what
        is missing in it.
        """
        first, last = run
        missing = sum(1 for number in inside if self._lacks_link(number))
        missing -= sum(
            self._unlinked(number) and self._is_content(self.target, self.words[number])
            for number in range(first, last)
        )
        while missing > 0:
            after = self._content_beyond(range(last, free[1]))
            before = self._content_beyond(range(first - 1, free[0] - 1, -1))
            if after is not None:
                last = after + 1
            elif before is not None:
                first = before
            else:
                break
            missing -= 1
        articles = language_facts().articles
        if first > free[0] and self._unlinked(first - 1):
            start, end = self.words[first - 1]
            if self.target[start:end] in articles:
                first -= 1
        return first, last

    def _unlinked(self, number: int) -> bool:
        return number not in self.linked_targets and self._is_word(number)

    def _content_beyond(self, numbers: range) -> int | None:
        """The first unlinked content word of `numbers`, if only unlinked words come before it."""
        for number in numbers:
            if not self._unlinked(number):
                return None
            if self._is_content(self.target, self.words[number]):
                return number
        return None

    def _lacks_link(self, number: int) -> bool:
        """Whether a source word has content but no link, nor a place in a neighbour's compound."""
        words = self.alignment.source_words
        if number in self.linked_sources or not self._is_content(self.source, words[number]):
            return False
        return not any(
            link.source in (number - 1, number + 1)
            and _length(self.words[link.target]) >= _length(words[link.source]) + COMPOUND_LETTERS
            for link in self.alignment.links
        )

    def _is_content(self, text: str, word: Span) -> bool:
        return text[slice(*word)].lower() not in language_facts().function_words

    def _free_runs(self, room: _Room, taken: Sequence[_Room]) -> list[tuple[int, int]]:
        runs, cursor = [], room.first
        for other in sorted(taken, key=lambda other: (other.first, other.last)):
            if other.first < other.last:
                runs.append((cursor, other.first))
                cursor = max(cursor, other.last)
        return [(low, high) for low, high in [*runs, (cursor, room.last)] if low < high]

    def _is_word(self, number: int) -> bool:
        return _spoken(self.target[self.words[number][0]])

    def _distance(self, tag: Tag, outer: Span, room: _Room, number: int) -> float:
        """How far a target word is from where the tag would be if word order were kept."""
        expected = (tag.start + tag.end - 2 * outer[0]) / (2 * max(1, outer[1] - outer[0]))
        start, end = self.words[number]
        actual = (start + end - 2 * room.start) / (2 * max(1, room.end - room.start))
        return abs(expected - actual)

    def _with_marks(self, tag: Tag, start: int, end: int, low: int, high: int) -> Span:
        """Take in the quotation marks, stops and spaces at the edges that the source range had."""
        text = self.source[tag.start : tag.end]
        before = text[: len(text) - len(text.lstrip(_marks(text)))]
        after = text[len(text.rstrip(_marks(text))) :]
        for mark in reversed(before):
            if start > low and _same(mark, self.target[start - 1]):
                start -= 1
        for mark in after:
            if end < high and _same(mark, self.target[end]):
                end += 1
        return start, end

    def _lone_place(self, place: int, outer: Span, room: _Room, taken: Sequence[_Room]) -> int:
        """Where in `room` a point of the source belongs: between words, outside `taken`."""
        if place <= outer[0]:
            wanted = room.start
        elif place >= outer[1]:
            wanted = room.end
        else:
            wanted = self._between_words(place, room)
        for other in taken:
            if other.start < wanted < other.end:
                early = wanted - other.start <= other.end - wanted
                return other.start if early else other.end
        return wanted

    def _between_words(self, place: int, room: _Room) -> int:
        words = self.alignment.source_words
        cut = sum(1 for _, end in words if end <= place)
        strength_left = [0.0] * (len(self.words) + 1)
        strength_right = [0.0] * (len(self.words) + 1)
        for link in self.alignment.links:
            side = strength_left if link.source < cut else strength_right
            side[link.target] += link.strength
        # Cutting before word g breaks links of the left words at or after g, and the reverse.
        crossing = sum(strength_left[room.first : room.last])
        expected = room.first + cut / max(1, len(words)) * (room.last - room.first)
        best, gap = (crossing, abs(room.first - expected)), room.first
        for number in range(room.first, room.last):
            crossing += strength_right[number] - strength_left[number]
            rank = (round(crossing, 9), abs(number + 1 - expected))
            if rank < best:
                best, gap = rank, number + 1
        if self.source[place - 1].isspace() and gap < room.last:
            return self.words[gap][0]
        return self.words[gap - 1][1] if gap > room.first else room.start


def _length(word: Span) -> int:
    return word[1] - word[0]


def _spoken(char: str) -> bool:
    return char.isalnum() or char in SPOKEN_MARKS


def _marks(text: str) -> str:
    """The characters of `text` that are not read out, for stripping."""
    return "".join({char for char in text if not _spoken(char)}) or " "


def _same(mark: str, other: str) -> bool:
    return (
        mark == other
        or (mark.isspace() and other.isspace())
        or any(mark in marks and other in marks for marks in SAME_MARKS)
    )
