"""Reads the plain files (TOML, CSV) under ``data/`` and the user's own; errors name the key."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from koerier.pipeline.errors import KoerierError


def shipped(*parts: str) -> str:
    """Text of a file that comes with Koerier, e.g. ``shipped("wire", "en-nl.toml")``."""
    return files("koerier.data").joinpath(*parts).read_text(encoding="utf-8")


def read_user_file(path: Path) -> str:
    """Text of a user's file.

    Raises:
        KoerierError: if it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KoerierError(error.strerror or str(error), source=str(path)) from error
    except UnicodeDecodeError as error:
        raise KoerierError("is not UTF-8 text", source=str(path)) from error


def parse_toml(text: str, name: str) -> Table:
    """Parse TOML.

    Raises:
        KoerierError: naming `name`, with line and column in the message.
    """
    try:
        return Table(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise KoerierError(f"is not valid TOML: {error}", source=name) from error


def parse_csv(text: str, name: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Rows of a CSV file with exactly these columns, in this order, under a header line.

    Raises:
        KoerierError: naming `name` and the line.
    """
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        if tuple(next(rows, ())) != columns:
            raise KoerierError(f"the first line must be: {','.join(columns)}", source=name)
        found = []
        for row in rows:
            if not row or row[0].startswith("#"):
                continue
            if len(row) != len(columns) or not row[0].strip():
                raise KoerierError(
                    f"needs {len(columns)} fields: {','.join(columns)}",
                    source=name,
                    place=f"line {rows.line_num}",
                )
            found.append(tuple(cell.strip() for cell in row))
        return found
    except csv.Error as error:
        raise KoerierError(str(error), source=name, place=f"line {rows.line_num}") from error


class Table:
    """A TOML table whose values are taken out with their type checked."""

    def __init__(self, values: Mapping[str, Any], source: str, key: str = "") -> None:
        self._values, self._source, self._key = values, source, key

    def error(self, message: str, key: str = "") -> KoerierError:
        place = ".".join(part for part in (self._key, key) if part)
        return KoerierError(message, source=self._source, place=place or None)

    def only(self, *keys: str) -> None:
        """Raise a KoerierError for a key that is not one of `keys` (most likely misspelt)."""
        for key in self._values:
            if key not in keys:
                raise self.error(f"unknown key; known here: {', '.join(keys)}", key)

    def string(self, key: str, default: str | None = None) -> str:
        value = self._values.get(key, default)
        if not isinstance(value, str):
            raise self.error("must be a string", key)
        return value

    def boolean(self, key: str, default: bool) -> bool:
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise self.error("must be true or false", key)
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error("must be a list of strings", key)
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self.error("must be a table", key)
        for name, item in value.items():
            if not isinstance(item, str):
                raise self.error("must be a string", f"{key}.{name}")
        return dict(value)

    def tables(self, key: str) -> list[Table]:
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"must be a list of tables, [[{key}]]", key)
        return [
            Table(item, self._source, f"{key}[{number}]") for number, item in enumerate(value, 1)
        ]

    def table(self, key: str) -> Table:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self.error("must be a table", key)
        return Table(value, self._source, ".".join(part for part in (self._key, key) if part))
