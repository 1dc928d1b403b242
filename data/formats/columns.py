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
from koerier.data.formats.plain_blocks import PlainBlocks, PlainLine
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Role, Story

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
        """All of them, each once."""
        every = [*(name for name, _ in self.texts), self.id, self.language]
        return list(dict.fromkeys(name for name in every if name is not None))


def _name(role: Role) -> str:
    return TEXT if role is Role.PARAGRAPH else role.value


def _cell(text: str, column: str, role: Role, layout: Layout) -> PlainBlocks | PlainLine:
    if role is not Role.PARAGRAPH:
        return PlainLine(text, column, role)
    has_headline = any(role is Role.HEADLINE for _, role in layout.texts)
    return PlainBlocks(text, f"{column}.", story=not has_headline)


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
        text = row.get(column)
        if isinstance(text, str):
            story.blocks += _cell(text, column, role, layout).blocks
    return story


def changes(row: Mapping[str, Any], layout: Layout, story: Story) -> dict[str, str]:
    """The cells of a row that are other after translation, by column."""
    changed: dict[str, str] = {}
    for column, role in layout.texts:
        text = row.get(column)
        if isinstance(text, str):
            dutch = _cell(text, column, role, layout).render(story.blocks)
            if dutch != text:
                changed[column] = dutch
    language = row.get(layout.language) if layout.language is not None else None
    if (
        layout.language is not None
        and isinstance(language, str)
        and LANGUAGE_TAG.fullmatch(language.strip())
        and any(block.translate and block.translated for block in story.blocks)
    ):
        changed[layout.language] = story.target_language
    return changed


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
