"""Reads delimited text (RFC 4180) so that every field knows its exact characters in the file.

The `csv` module gives values only; writing a row back through it would change the quoting and the
line ends of fields nobody touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from koerier.pipeline.errors import KoerierError

# A record longer than this has lost its closing quote.
LONGEST_RECORD = 64 * 1024 * 1024
DELIMITERS = ("\t", ";", "|", ",")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its value and its place (quotes included) in the raw record."""

    start: int
    end: int
    value: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One record: raw text with its line end, the line it starts on (from 1), and its fields.

    A blank line is a record without fields.
    """

    raw: str
    line: int
    fields: tuple[Field, ...]

    def replaced(self, values: dict[int, str], delimiter: str) -> str:
        """The raw record with other values for some fields, by field number."""
        pieces, cursor = [], 0
        for number in sorted(values):
            field = self.fields[number]
            pieces += [
                self.raw[cursor : field.start],
                quote(values[number], delimiter, always=field.quoted),
            ]
            cursor = field.end
        return "".join([*pieces, self.raw[cursor:]])


def quote(value: str, delimiter: str, *, always: bool) -> str:
    """A field as it stands in the file: quoted where it was, or where RFC 4180, 2.6 needs it."""
    if always or any(character in value for character in f'{delimiter}"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def guess_delimiter(header: str) -> str:
    """The delimiter that cuts the header line in most columns; a comma if none does."""
    return max(reversed(DELIMITERS), key=header.count)


def records(lines: Iterator[str], delimiter: str) -> Iterator[Record]:
    """Cut lines, with their line ends as they stand, into records.

    A quote inside an unquoted field is an ordinary character, as in the `csv` module.

    Raises:
        KoerierError: with the line, for an unclosed quote or text after a closing quote.
    """
    number = 1
    for line in lines:
        record = _record(line, number, lines, delimiter)
        yield record
        number += record.raw.count("\n") or record.raw.count("\r")


def _record(raw: str, line: int, lines: Iterator[str], delimiter: str) -> Record:
    fields: list[Field] = []
    if not raw.strip("\r\n"):
        return Record(raw, line, ())
    position = 0
    while True:
        if raw.startswith('"', position):
            raw, end = _closing_quote(raw, position + 1, line, lines)
            value = raw[position + 1 : end].replace('""', '"')
            fields.append(Field(position, end + 1, value, quoted=True))
            position = end + 1
            if not raw.startswith((delimiter, "\r", "\n"), position) and position < len(raw):
                raise KoerierError(
                    f"text after the closing quote of field {len(fields)}", place=f"line {line}"
                )
        else:
            end = raw.find(delimiter, position)
            if end < 0:
                end = len(raw.removesuffix("\n").removesuffix("\r"))
            fields.append(Field(position, end, raw[position:end], quoted=False))
            position = end
        if not raw.startswith(delimiter, position):
            return Record(raw, line, tuple(fields))
        position += len(delimiter)


def _closing_quote(raw: str, position: int, line: int, lines: Iterator[str]) -> tuple[str, int]:
    """The record, extended by the lines it needs, and the offset of the closing quote."""
    parts = [raw]
    length = len(raw)
    offset = 0  # of the last part in the whole
    while True:
        part = parts[-1]
        index = part.find('"', position - offset)
        while index >= 0 and part.startswith('"', index + 1):
            index = part.find('"', index + 2)
        if index >= 0:
            return "".join(parts), offset + index
        following = next(lines, "") if length <= LONGEST_RECORD else ""
        if not following:
            raise KoerierError("a quoted field is never closed", place=f"line {line}")
        offset = position = length
        parts.append(following)
        length += len(following)


def find_column(header: Sequence[str], name: str) -> int | None:
    """Number of a column by exact name, else by name without case and surrounding space."""
    if name in header:
        return header.index(name)
    plain = [column.strip().casefold() for column in header]
    wanted = name.strip().casefold()
    return plain.index(wanted) if wanted in plain else None
