"""The words of Koerier: Story, Block, Segment, Tag and what is said about them.

A story is read by a format, walks through the pipeline and is written back. All text here is
plain Unicode: entities are decoded and markup is held beside the text as `Tag`s with offsets.
Every offset is a half-open ``[start, end)`` range in characters (code points).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA_VERSION = 1


class Role(StrEnum):
    """What a block is in the newspaper's sense; roles are translated differently."""

    HEADLINE = "headline"
    BYLINE = "byline"
    DATELINE = "dateline"
    PARAGRAPH = "paragraph"
    QUOTE = "quote"
    CAPTION = "caption"
    CREDIT = "credit"
    LIST_ITEM = "list-item"
    TABLE_CELL = "table-cell"
    BOILERPLATE = "boilerplate"
    NOTE = "note"
    SLUG = "slug"


class Status(StrEnum):
    """XLIFF 2.1 segment states (OASIS XLIFF 2.1, 4.3.1.26)."""

    INITIAL = "initial"
    TRANSLATED = "translated"
    REVIEWED = "reviewed"
    FINAL = "final"


class Severity(StrEnum):
    """MQM severity levels (themqm.org, error severity)."""

    NEUTRAL = "neutral"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Outcome(StrEnum):
    """What became of a story."""

    TRANSLATED = "translated"
    ALREADY_TRANSLATED = "already in the target language"
    EMPTY = "nothing to translate"


@dataclass(slots=True)
class Tag:
    """Inline markup at a place in a text: a pair around ``[start, end)`` or a lone placeholder.

    Attributes:
        id: unique within the block; a tag cut by a segment boundary keeps its id in both parts.
        start, end: range in the text the tag belongs to; equal for a lone tag.
        open: raw opening markup as it stood in the file, e.g. ``<a href="x">`` or ``<br/>``.
        close: raw closing markup; empty for a lone tag.
        kind: element name in lower case without prefix ("a", "em", "br"), or "comment", "cdata"...
        parent: id of the enclosing tag in the same block, None at the top.
    """

    id: str
    start: int
    end: int
    open: str
    close: str = ""
    kind: str = ""
    parent: str | None = None

    @property
    def paired(self) -> bool:
        return bool(self.close)

    def shifted(self, offset: int) -> Tag:
        return replace(self, start=self.start + offset, end=self.end + offset)


@dataclass(slots=True)
class Origin:
    """Where a target came from, so that every target can be explained.

    Attributes:
        kind: "engine", "memory", "rule", "copy" (left as it was) or "reviewer".
        id: engine and model id, rule id, or reviewer.
        score: mean log-probability per target token, for an engine; match rate 0..1 for a memory.
        rules: ids of the rules applied to the target afterwards, in order.
    """

    kind: str
    id: str = ""
    score: float | None = None
    rules: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Finding:
    """What a check or a stage has to say about a segment.

    Attributes:
        check: id of the check or stage.
        category: MQM category, e.g. "accuracy/omission".
        source_span, target_span: ``(start, end)`` in the segment's source or target, or None.
        message: one sentence in English; `message_nl` the same in Dutch.
    """

    check: str
    category: str
    severity: Severity
    message: str
    message_nl: str = ""
    source_span: tuple[int, int] | None = None
    target_span: tuple[int, int] | None = None
    suggestion: str | None = None


@dataclass(slots=True)
class Segment:
    """One sentence, or one unsplittable unit, of a block.

    Attributes:
        start: offset of `source` in the block's source.
        tags: tags of the source, offsets within `source`, cut at the segment's edges.
        target_tags: the same tags (same ids) with offsets within `target`.
    """

    id: str
    source: str
    start: int = 0
    target: str = ""
    tags: list[Tag] = field(default_factory=list)
    target_tags: list[Tag] = field(default_factory=list)
    status: Status = Status.INITIAL
    origin: Origin | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.start + len(self.source)

    def settle(self, target: str, origin: Origin, status: Status = Status.TRANSLATED) -> None:
        """Give the segment a target that replaces whatever it had (its target tags too)."""
        self.target, self.origin, self.status = target, origin, status
        self.target_tags = []

    def edit(self, edits: Sequence[Edit], rule: str | None = None) -> None:
        """Apply `edits` to the target; target tags and finding spans move along.

        Raises:
            ValueError: if two edits overlap or one lies outside the target.
        """
        if not edits:
            return
        self.target, moved = apply_edits(self.target, edits)
        self.target_tags = [
            replace(tag, start=moved(tag.start), end=max(moved(tag.start), moved(tag.end)))
            for tag in self.target_tags
        ]
        for finding in self.findings:
            if finding.target_span is not None:
                start, end = finding.target_span
                finding.target_span = (moved(start), moved(end))
        if rule is not None and self.origin is not None:
            self.origin.rules.append(rule)


@dataclass(slots=True)
class Block:
    """A paragraph, headline, caption...: the unit a format reads and writes.

    Attributes:
        id: unique within the story; the format finds the place to write back by it.
        source: plain text, white space collapsed where the format says it has no meaning.
        tags: inline markup of `source`, in document order of their opening.
        translate: False leaves the block as it stands in the file.
        drop: True asks the format to leave the block out (boilerplate, by option).
    """

    id: str
    role: Role
    source: str
    tags: list[Tag] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    translate: bool = True
    drop: bool = False

    @property
    def translated(self) -> bool:
        """True when every segment has a target, so that the block can be written in Dutch."""
        return bool(self.segments) and all(
            segment.status is not Status.INITIAL for segment in self.segments
        )

    def assemble(self) -> tuple[str, list[Tag]]:
        """The block's target text and tags, from its segments and what stands between them.

        A tag cut at segment boundaries is joined again: it runs from the start of its first part
        to the end of its last. Tags come back in document order of their opening.
        """
        text, cursor = "", 0
        parts: dict[str, Tag] = {}
        for segment in self.segments:
            text += self.source[cursor : segment.start]
            for tag in segment.target_tags:
                part = tag.shifted(len(text))
                known = parts.get(tag.id)
                if known is None:
                    parts[tag.id] = part
                else:
                    known.start, known.end = min(known.start, part.start), max(known.end, part.end)
            text += segment.target
            cursor = segment.end
        text += self.source[cursor:]
        return text, [parts[tag.id] for tag in self.tags if tag.id in parts]


@dataclass(slots=True)
class Metadata:
    """What the wire says about a story. Strings as they stand in the file, None where absent."""

    agency: str | None = None
    byline: str | None = None
    dateline: str | None = None
    urgency: str | None = None
    embargo: str | None = None
    version: str | None = None


@dataclass(slots=True)
class Story:
    """One document of the wire: an id, metadata and blocks in reading order.

    Attributes:
        id: the wire's own guid, or file name plus number where the format has none.
        source_language, target_language: BCP 47 tags.
        outcome: None until the story has been through the pipeline.
    """

    id: str
    blocks: list[Block] = field(default_factory=list)
    metadata: Metadata = field(default_factory=Metadata)
    source_language: str = "en"
    target_language: str = "nl"
    format: str = ""
    outcome: Outcome | None = None
    schema: int = SCHEMA_VERSION

    @property
    def headline(self) -> str | None:
        return next((block.source for block in self.blocks if block.role is Role.HEADLINE), None)

    def segments(self) -> Iterator[Segment]:
        for block in self.blocks:
            yield from block.segments

    def untranslated(self) -> list[Segment]:
        """The segments that still want a target, in reading order."""
        return [
            segment
            for block in self.blocks
            if block.translate and not block.drop
            for segment in block.segments
            if segment.status is Status.INITIAL
        ]

    def to_json(self) -> bytes:
        """The story as UTF-8 JSON in the documented schema (`json_schema`)."""
        return _adapter().dump_json(self)

    @staticmethod
    def from_json(data: bytes | str) -> Story:
        """Read what `to_json` wrote.

        Raises:
            pydantic.ValidationError: naming the field that does not fit the schema.
        """
        return _adapter().validate_json(data)

    @staticmethod
    def json_schema() -> dict[str, Any]:
        return _adapter().json_schema()


@cache
def _adapter() -> TypeAdapter[Story]:
    from pydantic import TypeAdapter

    return TypeAdapter(Story)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``[start, end)`` of a text by `text`."""

    start: int
    end: int
    text: str


class OffsetMap:
    """Where an offset of the old text lies in the new one, after edits.

    An offset strictly inside a replaced range goes to the end of the replacement; one at its start
    stays at its start.
    """

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits

    def __call__(self, offset: int) -> int:
        shift = 0
        for edit in self._edits:
            if offset <= edit.start and not (offset == edit.end == edit.start):
                break
            if offset < edit.end:
                return edit.start + shift + len(edit.text)
            shift += len(edit.text) - (edit.end - edit.start)
        return offset + shift


def apply_edits(text: str, edits: Sequence[Edit]) -> tuple[str, OffsetMap]:
    """Apply non-overlapping edits in one go; returns the new text and the map of offsets.

    Raises:
        ValueError: if two edits overlap or one lies outside the text.
    """
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    pieces, cursor = [], 0
    for edit in ordered:
        if edit.start < cursor or edit.end < edit.start or edit.end > len(text):
            raise ValueError(f"edit {edit.start}-{edit.end} overlaps another or leaves the text")
        pieces += [text[cursor : edit.start], edit.text]
        cursor = edit.end
    pieces.append(text[cursor:])
    return "".join(pieces), OffsetMap(ordered)
