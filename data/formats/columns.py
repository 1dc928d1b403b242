"""A row of a table as a story, and the story's Dutch back in the cells of the row."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from koerier.data.formats.base import Options, Source
from koerier.data.formats.csv_records import find_column
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Block, Outcome, Role, Story

# Names a column may go by, best first.
ID_NAMES = ("id", "guid", "uri")
LANGUAGE_NAMES = ("language", "lang")
TEXT_NAMES: dict[Role, tuple[str, ...]] = {
    Role.HEADLINE: ("headline", "title"),
    Role.CAPTION: ("caption", "description"),
    Role.PARAGRAPH: ("text", "body", "content", "article"),
}
# Reading order of the columns; the other roles follow.
LEADING = (Role.HEADLINE, Role.BYLINE, Role.DATELINE, Role.PARAGRAPH, Role.CAPTION)
TEXT = "text"  # the name of Role.PARAGRAPH in Options.columns

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
BLANK_LINE = re.compile(r"\r\n?[ \t]*\r|\n[ \t]*\r?\n")
PARAGRAPH = re.compile(r"\S(?:.*\S)?", re.DOTALL)
LINE = re.compile(r"\S(?:[^\r\n]*\S)?")
LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Layout:
    """Which columns of a table hold what; `texts` in the order a reader wants them."""

    id: str | None
    language: str | None
    texts: tuple[tuple[str, Role], ...]

    @classmethod
    def of(cls, columns: Sequence[str], chosen: Mapping[str, str]) -> Layout:
        """Columns the user chose by role; the other roles by the usual names.

        Raises:
            KoerierError: naming the columns there are, if a chosen one or any text is missing.
        """
        roles = {"id", "language", TEXT, *(role.value for role in Role)} - {Role.PARAGRAPH.value}
        for role in chosen:
            if role not in roles:
                raise KoerierError(
                    f"unknown column role {role!r} (known: {', '.join(sorted(roles))})"
                )

        def column(role: str, names: Sequence[str]) -> str | None:
            if role in chosen:
                index = find_column(columns, chosen[role])
                if index is None:
                    raise KoerierError(
                        f"there is no column {chosen[role]!r} (there are: {', '.join(columns)})"
                    )
                return columns[index]
            found = (find_column(columns, name) for name in names)
            return next((columns[index] for index in found if index is not None), None)

        texts = {
            name: role
            for role in (*LEADING, *(role for role in Role if role not in LEADING))
            if (name := column(_name(role), TEXT_NAMES.get(role, ()))) is not None
        }
        if not texts:
            raise KoerierError(
                f"no column with text found (there are: {', '.join(columns)}); name it with "
                "--column text=NAME"
            )
        return cls(column("id", ID_NAMES), column("language", LANGUAGE_NAMES), tuple(texts.items()))

    @property
    def names(self) -> list[str]:
        extra = (self.id, self.language)
        return [*(name for name, _ in self.texts), *(name for name in extra if name is not None)]


def _name(role: Role) -> str:
    return TEXT if role is Role.PARAGRAPH else role.value


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Ranges of the paragraphs of a cell: between blank lines, or lines where none is blank."""
    cuts = [match.span() for match in BLANK_LINE.finditer(text)]
    if not cuts:
        return [match.span() for match in LINE.finditer(text)]
    ranges, start = [], 0
    for cut_start, cut_end in [*cuts, (len(text), len(text))]:
        match = PARAGRAPH.search(text, start, cut_end if cut_end == len(text) else cut_start)
        if match is not None:
            ranges.append(match.span())
        start = cut_end
    return ranges


def to_story(
    row: Mapping[str, Any], layout: Layout, options: Options, default_id: str, format_name: str
) -> Story:
    """A row as a story; a cell that holds no text gives no blocks."""
    given = row.get(layout.id) if layout.id is not None else None
    story = Story(
        str(given) if given not in (None, "") else default_id,
        source_language=options.source_language,
        target_language=options.target_language,
        format=format_name,
    )
    language = row.get(layout.language) if layout.language is not None else None
    if isinstance(language, str) and LANGUAGE_TAG.fullmatch(language.strip()):
        story.source_language = language.strip().replace("_", "-")
    for column, role in layout.texts:
        cell = row.get(column)
        if isinstance(cell, str):
            for number, (start, end) in enumerate(paragraphs(cell), 1):
                source = LONE_SURROGATE.sub("\ufffd", " ".join(cell[start:end].split()))
                story.blocks.append(Block(f"{column}.{number}", role, source))
    return story


def changes(row: Mapping[str, Any], layout: Layout, story: Story) -> dict[str, str]:
    """The cells of a row that are other after translation, by column."""
    changed: dict[str, str] = {}
    blocks = {block.id: block for block in story.blocks}
    for column, _ in layout.texts:
        cell = row.get(column)
        if isinstance(cell, str):
            dutch = _cell(cell, column, blocks)
            if dutch != cell:
                changed[column] = dutch
    language = row.get(layout.language) if layout.language is not None else None
    if (
        layout.language is not None
        and isinstance(language, str)
        and LANGUAGE_TAG.fullmatch(language.strip())
        and story.outcome is not Outcome.ALREADY_TRANSLATED
        and any(block.translated for block in story.blocks)
    ):
        changed[layout.language] = story.target_language
    return changed


def _cell(cell: str, column: str, blocks: Mapping[str, Block]) -> str:
    pieces: list[str] = []
    cursor = 0
    for number, (start, end) in enumerate(paragraphs(cell), 1):
        block = blocks[f"{column}.{number}"]
        if block.drop:
            # The space before a dropped paragraph goes with it.
            cursor = end
            continue
        text = block.assemble()[0] if block.translate and block.translated else cell[start:end]
        pieces += [cell[cursor:start] if pieces or cursor == 0 else "", text]
        cursor = end
    return "".join([*pieces, cell[cursor:]])


@contextmanager
def open_binary(source: Source) -> Iterator[BinaryIO]:
    """The bytes of a source as a stream, so that a file need not fit in memory."""
    if source.content is not None or source.path is None:
        yield io.BytesIO(source.data)
        return
    try:
        file = source.path.open("rb")
    except OSError as error:
        raise KoerierError(error.strerror or str(error), source=source.name) from error
    with file:
        yield file
