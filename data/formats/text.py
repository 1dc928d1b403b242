"""Plain text: one wire story a file, read by its looks (see `koerier.data.formats.plain_blocks`).

A file keeps its encoding. A character of the translation that a legacy encoding lacks is written
as its nearest plain letter (see `koerier.data.formats.encoding`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import BinaryIO

from koerier.data.formats.base import Options, Source
from koerier.data.formats.encoding import decode
from koerier.data.formats.plain_blocks import PlainBlocks
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Metadata, Role, Story

_SAMPLE = 4096
_TEXT_CONTROLS = "\t\n\r\f\x1a"
_MOST_CONTROL = 0.1
"""Share of control characters above which bytes are no text; ANPA copy has a few."""


class PlainText:
    """The format of ``.txt`` files."""

    name = "text"
    suffixes: tuple[str, ...] = (".txt", ".text", ".asc")

    def sniff(self, source: Source) -> bool:
        """Anything readable, unless its suffix promises another format."""
        if PurePath(source.name).suffix.lower() not in ("", *self.suffixes):
            return False
        try:
            head = source.head
            return _is_text(decode(head[: len(head) // 4 * 4] or head)[0])
        except KoerierError:
            return False

    def open(self, source: Source, options: Options) -> PlainTextDocument:
        return PlainTextDocument(source, options)


class PlainTextDocument:
    """One story in plain text.

    Raises:
        KoerierError: if the bytes are no text.
    """

    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        try:
            self._text, self._encoding = decode(source.data)
            if not _is_text(self._text):
                raise KoerierError("this is binary data, not text")
        except KoerierError as error:
            raise error.at(source=source.name) from None

    def stories(self) -> Iterator[Story]:
        blocks = PlainBlocks(self._text).blocks
        bylines = [block.source for block in blocks if block.role is Role.BYLINE]
        yield Story(
            self._source.stem,
            blocks,
            Metadata(byline=bylines[0] if bylines else None),
            self._options.source_language,
            self._options.target_language,
            PlainText.name,
        )

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        (story,) = stories
        text = PlainBlocks(self._text).render(story.blocks)
        out.write(self._encoding.encode(text, "transliterate"))


def _is_text(text: str) -> bool:
    sample = text[:_SAMPLE]
    control = sum(char < " " and char not in _TEXT_CONTROLS for char in sample)
    return control <= _MOST_CONTROL * len(sample)
