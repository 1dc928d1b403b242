"""Parquet with a story a row, through pyarrow: schema, order, types and codecs stay as they are.

Provenance goes into the schema metadata under ``koerier:provenance``. Memory is bounded by a few
thousand rows, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.columns import Layout, changes, open_binary, to_story
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Story

# Rows read at once, and rows in a row group written.
PARQUET_ROWS = 512
PARQUET_GROUP_ROWS = 16_384
PROVENANCE_KEY = b"koerier:provenance"

# What pyarrow raises for bytes that are no sound Parquet; ValueError for text that is not UTF-8.
DAMAGED = (pa.ArrowException, OSError, ValueError)


class Parquet:
    name = "parquet"
    suffixes = (".parquet", ".pq")

    def sniff(self, source: Source) -> bool:
        return source.head.startswith(b"PAR1")

    def open(self, source: Source, options: Options) -> Document:
        return ParquetDocument(source, options)


class ParquetDocument:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options

    def stories(self) -> Iterator[Story]:
        with open_binary(self._source) as file:
            parquet, layout = self._opened(file)
            batches = self._batches(parquet, layout, columns=layout.names)
            rows = chain.from_iterable(rows for _, rows in batches)
            for number, row in enumerate(rows, 1):
                default = f"{self._source.stem}-{number}"
                yield to_story(row, layout, self._options, default, Parquet.name)

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        translated = iter(stories)
        with open_binary(self._source) as file:
            parquet, layout = self._opened(file)
            metadata = {
                **(parquet.schema_arrow.metadata or {}),
                PROVENANCE_KEY: self._options.provenance.encode(),
            }
            schema = parquet.schema_arrow.with_metadata(metadata)
            with pq.ParquetWriter(out, schema, compression=_codecs(parquet)) as writer:
                waiting: list[Any] = []
                for batch, rows in self._batches(parquet, layout):
                    cells = [changes(row, layout, next(translated)) for row in rows]
                    waiting.append(_replaced(batch, rows, cells, schema))
                    if sum(part.num_rows for part in waiting) >= PARQUET_GROUP_ROWS:
                        writer.write_table(pa.Table.from_batches(waiting, schema))
                        waiting = []
                if waiting:
                    writer.write_table(pa.Table.from_batches(waiting, schema))

    def _opened(self, file: BinaryIO) -> tuple[Any, Layout]:
        try:
            parquet = pq.ParquetFile(file)
        except DAMAGED as error:
            raise KoerierError(
                f"is not a Parquet file: {error}", source=self._source.name
            ) from error
        schema = parquet.schema_arrow
        try:
            layout = Layout.of(schema.names, self._options.columns)
        except KoerierError as error:
            raise error.at(source=self._source.name) from None
        for column in layout.names:
            if schema.names.count(column) > 1:
                raise KoerierError(f"has two columns {column!r}", source=self._source.name)
        for column, _ in layout.texts:
            if not _holds_text(schema.field(column).type):
                raise KoerierError(
                    f"column {column!r} holds {schema.field(column).type}, not text",
                    source=self._source.name,
                )
        return parquet, layout

    def _batches(
        self, parquet: Any, layout: Layout, columns: list[str] | None = None
    ) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
        """Record batches of some columns (all by default) and the layout's columns as rows."""
        try:
            for batch in parquet.iter_batches(batch_size=PARQUET_ROWS, columns=columns):
                yield batch, batch.select(layout.names).to_pylist()
        except DAMAGED as error:
            raise KoerierError(f"is damaged: {error}", source=self._source.name) from error


def _holds_text(type_: Any) -> bool:
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    return bool(
        pa.types.is_string(type_)
        or pa.types.is_large_string(type_)
        or pa.types.is_string_view(type_)
    )


def _codecs(parquet: Any) -> dict[str, str] | str:
    """The compression of each column as the first row group has it."""
    metadata = parquet.metadata
    if metadata.num_row_groups == 0:
        return "snappy"
    group = metadata.row_group(0)
    columns = (group.column(index) for index in range(group.num_columns))
    return {
        column.path_in_schema: "none"
        if column.compression == "UNCOMPRESSED"
        else column.compression
        for column in columns
    }


def _replaced(
    batch: Any, rows: list[dict[str, Any]], cells: list[dict[str, str]], schema: Any
) -> Any:
    """The batch with other values for the cells that changed, row by row."""
    columns = list(batch.columns)
    for name in dict.fromkeys(name for changed in cells for name in changed):
        values = [changed.get(name, row[name]) for row, changed in zip(rows, cells, strict=True)]
        columns[schema.names.index(name)] = pa.array(values, type=schema.field(name).type)
    return pa.RecordBatch.from_arrays(columns, schema=schema)
