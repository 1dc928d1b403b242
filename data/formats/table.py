"""Tables with a story a row: JSON Lines, CSV/TSV and (in `koerier.data.formats.parquet`) Parquet.

Text columns hold plain text; everything else in the row stays as it is. JSONL and CSV keep every
byte outside the fields that were translated: key order, spacing, quoting, line ends, notation of
numbers. Neither has a place for provenance.

They are read here and not through `datasets`, whose readers infer types: ``007`` comes back as
``7.0``, ``NA`` as nothing, an ISO date as a timestamp, and a broken row without its line number.
Data sets on the Hub are read with `datasets` (`koerier.data.formats.hub`).
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.columns import (
    Layout,
    changes,
    open_binary,
    to_story,
)
from koerier.data.formats.csv_records import Record, guess_delimiter, records
from koerier.data.formats.parquet import Parquet
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Story

__all__ = ["Csv", "Jsonl", "Parquet"]


class Jsonl:
    name = "jsonl"
    suffixes = (".jsonl", ".ndjson")

    def sniff(self, source: Source) -> bool:
        lines = source.head.removeprefix(codecs.BOM_UTF8).split(b"\n")
        if source.suffix not in self.suffixes and len(lines) < 2:
            return False
        try:
            first = json.loads(lines[0])
        except (ValueError, RecursionError):
            return False
        following = [line for line in lines[1:] if line.strip()]
        more = bool(following) and following[0].lstrip().startswith(b"{")
        return isinstance(first, dict) and (more or source.suffix in self.suffixes)

    def open(self, source: Source, options: Options) -> Document:
        return JsonlDocument(source, options)


class JsonlDocument:
    """JSON Lines; the columns are the keys of the first row, and any row may lack some."""

    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options

    def stories(self) -> Iterator[Story]:
        for number, _, row, _, layout in self._rows():
            if row is not None:
                default = f"{self._source.stem}-{number}"
                yield to_story(row, layout, self._options, default, Jsonl.name)

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        translated = iter(stories)
        for _, line, row, places, layout in self._rows():
            if row is None:
                out.write(line.encode())
                continue
            pieces, cursor = [], 0
            cells = changes(row, layout, next(translated))
            for column in sorted(cells, key=places.__getitem__):
                start, end = places[column]
                ascii_only = line[start:end].isascii() and "\\u" in line[start:end]
                pieces += [line[cursor:start], _json_string(cells[column], ascii_only)]
                cursor = end
            out.write("".join([*pieces, line[cursor:]]).encode())

    def _rows(
        self,
    ) -> Iterator[tuple[int, str, dict[str, Any] | None, dict[str, tuple[int, int]], Layout]]:
        layout: Layout | None = None
        nowhere = Layout(None, None, ())
        with open_binary(self._source) as file:
            for number, data in enumerate(file, 1):
                try:
                    line = data.decode()
                    if not line.strip("\ufeff \t\r\n"):
                        yield number, line, None, {}, nowhere
                        continue
                    row, places = _members(line)
                    layout = layout or Layout.of(list(row), self._options.columns)
                except KoerierError as error:
                    raise error.at(source=self._source.name, place=f"line {number}") from None
                except UnicodeDecodeError as error:
                    raise self._broken("is not UTF-8 text", number) from error
                except (ValueError, RecursionError) as error:
                    raise self._broken(f"is not a JSON object: {error}", number) from error
                yield number, line, row, places, layout

    def _broken(self, message: str, line: int) -> KoerierError:
        return KoerierError(message, source=self._source.name, place=f"line {line}")


WHITE = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder()


def _members(line: str) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """A one-line JSON object and the range of each member's value; the last of equal keys wins.

    Raises:
        ValueError: if the line is not one JSON object.
    """

    def skip(position: int, expected: str) -> int:
        position = _white(line, position)
        if not line.startswith(expected, position):
            raise ValueError(f"expected {expected!r} at character {position + 1}")
        return position + len(expected)

    row: dict[str, Any] = {}
    places: dict[str, tuple[int, int]] = {}
    position = skip(1 if line.startswith("\ufeff") else 0, "{")
    closed = line.startswith("}", _white(line, position))
    while not closed:
        start = _white(line, position)
        key, position = _decoder.raw_decode(line, start)
        if not isinstance(key, str):
            raise ValueError(f"expected a key at character {start + 1}")
        start = _white(line, skip(position, ":"))
        row[key], end = _decoder.raw_decode(line, start)
        places[key] = (start, end)
        position = _white(line, end)
        closed = not line.startswith(",", position)
        position += not closed
    end = _white(line, skip(position, "}"))
    if end != len(line):
        raise ValueError(f"text after the object at character {end + 1}")
    return row, places


def _white(line: str, position: int) -> int:
    match = WHITE.match(line, position)
    return match.end() if match else position


def _json_string(text: str, ascii_only: bool) -> str:
    # A lone surrogate can stand in JSON as an escape only.
    encodable = text.encode("utf-8", "ignore").decode() == text
    return json.dumps(text, ensure_ascii=ascii_only or not encodable)


class Csv:
    """CSV and TSV with a header line; quoting by RFC 4180; UTF-8, or UTF-16 with a BOM."""

    name = "csv"
    suffixes = (".csv", ".tsv", ".tab")

    def sniff(self, source: Source) -> bool:
        """Never sure: any text with a comma could be one. The suffix decides."""
        return False

    def open(self, source: Source, options: Options) -> Document:
        return CsvDocument(source, options)


class CsvDocument:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        head = source.head
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            little = head.startswith(codecs.BOM_UTF16_LE)
            self._encoding = "utf-16-le" if little else "utf-16-be"
        else:
            self._encoding = "utf-8"
        # A lone CR ends lines only in a file that has no other line end (old Mac).
        self._newline = "\n" if b"\n" in head or b"\r" not in head else "\r"

    def stories(self) -> Iterator[Story]:
        rows = ((row, layout) for _, row, layout, _, _ in self._rows() if row is not None)
        for number, (row, layout) in enumerate(rows, 1):
            default = f"{self._source.stem}-{number}"
            yield to_story(row, layout, self._options, default, Csv.name)

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        translated = iter(stories)
        for record, row, layout, header, delimiter in self._rows():
            raw = record.raw
            if row is not None:
                cells = changes(row, layout, next(translated))
                values = {header.index(column): value for column, value in cells.items()}
                raw = record.replaced(values, delimiter)
            out.write(raw.encode(self._encoding))

    def _rows(
        self,
    ) -> Iterator[tuple[Record, dict[str, str] | None, Layout, Sequence[str], str]]:
        """Records with their row by column; the header and blank lines come without a row."""
        line = 1
        try:
            with open_binary(self._source) as file:
                text = io.TextIOWrapper(file, self._encoding, newline=self._newline)
                first = next(text, "")
                suffix_says_tab = self._source.suffix in (".tsv", ".tab")
                delimiter = "\t" if suffix_says_tab else guess_delimiter(first)
                rows = records(chain([first] if first else [], text), delimiter)
                header: list[str] | None = None
                layout = Layout(None, None, ())
                for record in rows:
                    line = record.line
                    values = [field.value for field in record.fields]
                    if header is None:
                        if values:
                            header = [value.lstrip("\ufeff") for value in values]
                            layout = Layout.of(header, self._options.columns)
                        yield record, None, layout, (), delimiter
                    elif not values:
                        yield record, None, layout, header, delimiter
                    elif len(values) != len(header):
                        raise KoerierError(
                            f"{len(values)} fields where the header has {len(header)}"
                        )
                    else:
                        # Of columns with one name the first counts.
                        pairs = zip(reversed(header), reversed(values), strict=True)
                        row = dict(pairs)
                        yield record, row, layout, header, delimiter
        except KoerierError as error:
            raise error.at(source=self._source.name, place=f"line {line}") from None
        except UnicodeDecodeError as error:
            raise KoerierError(
                f"is not {self._encoding.upper()} text",
                source=self._source.name,
                place=f"after line {line}",
            ) from error
