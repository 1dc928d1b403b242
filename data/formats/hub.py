"""A data set on the Hugging Face Hub (or in a local folder), streamed row by row with `datasets`.

It is named ``hub:owner/name`` or ``hub:owner/name:split``. There is no file to splice into, so it
is written as JSON Lines: every column, in the order of the data set, text columns in Dutch.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from koerier.data.formats.base import Options
from koerier.data.formats.columns import Layout, changes, to_story
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Story

PREFIX = "hub:"


class HubDocument:
    """One split of a data set; the first one the data set has where none is named.

    Raises:
        KoerierError: in one line, if the data set, the split or the network is not there.
    """

    name = "hub"

    def __init__(self, name: str, options: Options) -> None:
        self._name, self._options = name, options
        self._data, self._split = _load(name)

    def stories(self) -> Iterator[Story]:
        for number, (row, layout) in enumerate(self._rows(), 1):
            default = f"{self._split}-{number}"
            yield to_story(row, layout, self._options, default, self.name)

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        for (row, layout), story in zip(self._rows(), stories, strict=True):
            dutch = {**row, **changes(row, layout, story)}
            line = json.dumps(dutch, ensure_ascii=False, default=_as_json)
            out.write(line.encode("utf-8", "surrogatepass") + b"\n")

    def _rows(self) -> Iterator[tuple[dict[str, Any], Layout]]:
        layout: Layout | None = None
        try:
            for row in self._data:
                layout = layout or Layout.of(list(row), self._options.columns)
                yield row, layout
        except KoerierError as error:
            raise error.at(source=self._name) from None
        except Exception as error:
            raise _unreadable(self._name, error) from error


def _load(name: str) -> tuple[Any, str]:
    from datasets import load_dataset

    path, _, split = name.removeprefix(PREFIX).partition(":")
    try:
        splits = load_dataset(path, streaming=True)
    except Exception as error:
        raise _unreadable(name, error) from error
    if split and split not in splits:
        raise KoerierError(f"no split {split!r} (there are: {', '.join(splits)})", source=name)
    split = split or next(iter(splits))
    return splits[split], split


def _unreadable(name: str, error: Exception) -> KoerierError:
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return KoerierError(f"cannot read the data set: {reason[0]}", source=name)


def _as_json(value: object) -> str:
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    raise KoerierError(f"a column holds {type(value).__name__}, which JSON Lines cannot hold")
