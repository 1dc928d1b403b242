"""What a file format is to Koerier: it opens a source as stories and writes them back in Dutch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Story

SNIFF_BYTES = 4096


@dataclass(frozen=True)
class Source:
    """A file to read, or bytes that came from elsewhere (standard input, an HTTP body).

    Attributes:
        name: how errors and default story ids call it.
        path: where it lies on disk, None when only `content` is there.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None

    @cached_property
    def data(self) -> bytes:
        """All bytes of the source.

        Raises:
            KoerierError: if the file cannot be read.
        """
        if self.content is not None:
            return self.content
        assert self.path is not None
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise KoerierError(error.strerror or str(error), source=self.name) from error

    @cached_property
    def head(self) -> bytes:
        """The first `SNIFF_BYTES` bytes, for recognising the format."""
        if self.content is not None or self.path is None:
            return self.data[:SNIFF_BYTES]
        try:
            with self.path.open("rb") as file:
                return file.read(SNIFF_BYTES)
        except OSError as error:
            raise KoerierError(error.strerror or str(error), source=self.name) from error

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        return Path(self.name).stem


@dataclass(frozen=True)
class Options:
    """How to read and write: shared by all formats; each takes what concerns it.

    Attributes:
        source_language, target_language: BCP 47 tags; the file's own declaration wins for reading.
        columns: for tables: role -> column name ("text", "headline", "id", "language", ...).
        provenance: what made the translation, e.g. "koerier 0.1.0; ct2:en-nl-news@0.1"; written
            where the format has a place for it. Never a date: output is deterministic.
    """

    source_language: str = "en"
    target_language: str = "nl"
    columns: Mapping[str, str] = field(default_factory=dict)
    provenance: str = "koerier"


class Document(Protocol):
    """An opened source: gives its stories and writes them back in place."""

    def stories(self) -> Iterator[Story]:
        """The stories in document order; may be called more than once, each time anew.

        Raises:
            KoerierError: naming the place, if the source is malformed.
        """
        ...

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        """Write the document with `stories` (the same ones, in order, translated) in their places.

        A block that is not `translated` keeps its bytes; everything outside blocks does too, save
        the language and provenance metadata of the format. `stories` may be consumed lazily.
        """
        ...


class Format(Protocol):
    """One file format. Stateless; registered in `koerier.data.formats.registry`."""

    name: str
    suffixes: tuple[str, ...]

    def sniff(self, source: Source) -> bool:
        """True when the head of the source shows that it is surely this format."""
        ...

    def open(self, source: Source, options: Options) -> Document:
        """Open the source.

        Raises:
            KoerierError: naming source and place, if it cannot be read as this format.
        """
        ...
