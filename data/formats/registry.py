"""All formats by name. Others come in by the entry-point group ``koerier.formats``."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from koerier.data.formats.base import Document, Format, Options, Source
from koerier.pipeline.errors import KoerierError

ENTRY_POINTS = "koerier.formats"


class UnknownFormatError(KoerierError):
    """A source that is in no format Koerier reads."""


# Sniffed in this order: the more particular before the more general.
BUILT_IN = {
    "nitf": "koerier.data.formats.nitf:Nitf",
    "newsml-g2": "koerier.data.formats.newsml:NewsMLG2",
    "rss": "koerier.data.formats.feed:Rss",
    "atom": "koerier.data.formats.feed:Atom",
    "xliff-1.2": "koerier.data.formats.xliff12:Xliff12",
    "xliff-2": "koerier.data.formats.xliff2:Xliff2",
    "tmx": "koerier.data.formats.tmx:Tmx",
    "ninjs": "koerier.data.formats.ninjs:Ninjs",
    "html": "koerier.data.formats.html:Html",
    "jsonl": "koerier.data.formats.table:Jsonl",
    "csv": "koerier.data.formats.table:Csv",
    "parquet": "koerier.data.formats.table:Parquet",
    "text": "koerier.data.formats.text:PlainText",
}


@cache
def formats() -> dict[str, Format]:
    """Every known format by name, built-in ones first, in sniffing order."""
    found: dict[str, Format] = {}
    for name, target in BUILT_IN.items():
        module, attribute = target.split(":")
        found[name] = getattr(import_module(module), attribute)()
    for point in entry_points(group=ENTRY_POINTS):
        found[point.name] = point.load()()
    return found


def detect(source: Source) -> Format:
    """The format of a source: by content first, by suffix where content does not tell.

    Raises:
        UnknownFormatError: if no format fits.
    """
    known = formats().values()
    for format_ in known:
        if format_.sniff(source):
            return format_
    for format_ in known:
        if source.suffix in format_.suffixes:
            return format_
    raise UnknownFormatError(
        f"cannot tell the format (known: {', '.join(formats())}); name it with --format",
        source=source.name,
    )


def open_document(source: Source, options: Options, format_name: str | None = None) -> Document:
    """Open a source in the named format, or in the one detected.

    Raises:
        KoerierError: if the name is unknown or the source cannot be read.
    """
    if format_name is None:
        return detect(source).open(source, options)
    try:
        format_ = formats()[format_name]
    except KeyError:
        raise KoerierError(
            f"unknown format {format_name!r} (known: {', '.join(formats())})"
        ) from None
    return format_.open(source, options)
