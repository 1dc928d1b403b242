"""Bytes to text and back, so that what is not touched comes back byte for byte.

Bytes that are no character in the encoding become lone surrogates (PEP 383, ``surrogateescape``)
and are written as the bytes they were.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from koerier.pipeline.errors import KoerierError

Missing = Literal["charref", "transliterate"]
"""What to write for a character the encoding lacks: ``&#283;``, or ``e`` for ``ě``."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The Encoding standard (encoding.spec.whatwg.org, 4.2) reads these labels as windows-1252.
_AS_WINDOWS_1252 = frozenset(("ascii", "iso8859-1", "cp1252"))
_MARKED_CHARSET = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)"""
    rb"""|<meta[^>]{1,400}?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_MARKED_WITHIN = 1024
"""Bytes in which a declaration must stand (HTML 4.2.5.4)."""
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_NULL_SAMPLE = 1000
_PLAIN_FORMS = str.maketrans(
    dict(zip("łŁđĐħĦıŧŦʻʼ‐‑−", "lLdDhHitT''---", strict=True)) | {"ŋ": "ng", "Ŋ": "NG", "ﬁ": "fi"}
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is encoded: the name of a Python codec, and the byte order mark it began with."""

    codec: str
    bom: bytes = b""

    @property
    def is_unicode(self) -> bool:
        return self.codec.startswith("utf-")

    def encode(self, text: str, missing: Missing) -> bytes:
        """`text` as bytes, byte order mark first; the inverse of `decode`.

        Characters the encoding lacks follow `missing`: numeric character references for markup,
        the nearest plain letter, or else ``?``, for plain text. (A legacy file stays what the
        system that gave it can read; only characters that the translation brought in are touched.)
        """
        if self.codec.startswith(("utf-16", "utf-32")):
            return self.bom + text.encode(self.codec, "surrogatepass")
        return self.bom + text.encode(self.codec, f"koerier-{missing}")


def decode(data: bytes, *, declared: str | None = None) -> tuple[str, Encoding]:
    """The text of a file and how it is encoded.

    In this order: byte order mark, `declared` (a label; an unknown one is ignored), UTF-16 without
    a mark as its null bytes tell, UTF-8, windows-1252. A file that is UTF-8 but for a few broken
    bytes is read as UTF-8.

    Raises:
        KoerierError: if the bytes cannot be read in the encoding they claim to be in.
    """
    encoding = _recognise(data, declared)
    body = data[len(encoding.bom) :]
    wide = encoding.codec.startswith(("utf-16", "utf-32"))
    try:
        text = body.decode(encoding.codec, "surrogatepass" if wide else "surrogateescape")
        if encoding.encode(text, "charref") != data:
            raise KoerierError(f"the bytes are not well-formed {encoding.codec}")
    except UnicodeError as error:
        raise KoerierError(f"the bytes are not {encoding.codec}: {error}") from error
    return text, encoding


def marked_charset(data: bytes) -> str | None:
    """The label in an XML declaration or HTML ``meta`` at the top of `data`."""
    found = _MARKED_CHARSET.search(data[:_MARKED_WITHIN])
    if found is None:
        return None
    label = (found[1] or found[2]).decode("ascii", "replace")
    # Read as ASCII, so it cannot be what it says (HTML 13.2.3.2, prescan).
    return "utf-8" if label.lower().startswith("utf-16") else label


def newline(text: str) -> str:
    """The line end that `text` uses first."""
    found = re.search(r"\r\n?|\n", text)
    return found.group() if found else "\n"


def _recognise(data: bytes, declared: str | None) -> Encoding:
    for bom, marked in _BOMS:
        if data.startswith(bom):
            return Encoding(marked, bom)
    codec = (_codec(declared) if declared else None) or _utf16_by_nulls(data)
    if codec is None or codec == "utf-8":
        codec = "utf-8" if _mostly_utf8(data) else "cp1252"
    return Encoding(codec)


def _codec(label: str) -> str | None:
    try:
        info = codecs.lookup(label)
        "".encode(info.name)
    except (LookupError, ValueError):
        return None
    if info.name in _AS_WINDOWS_1252:
        return "cp1252"
    return info.name if getattr(info, "_is_text_encoding", True) else None


def _utf16_by_nulls(data: bytes) -> str | None:
    sample = data[:_NULL_SAMPLE]
    half = len(sample) // 2
    if half < 2:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _mostly_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        broken = sum(byte >= 0x80 for byte in _UTF8_SEQUENCE.sub(b"", data))
        return len(_UTF8_SEQUENCE.findall(data)) > 2 * broken
    return True


def _write_missing(error: UnicodeError, missing: Missing) -> tuple[str | bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    char = error.object[error.start]
    if "\udc80" <= char <= "\udcff":
        return bytes((ord(char) - 0xDC00,)), error.start + 1
    if "\ud800" <= char <= "\udfff":
        return "?", error.start + 1
    if missing == "charref":
        return f"&#{ord(char)};", error.start + 1
    plain = unicodedata.normalize("NFKD", char.translate(_PLAIN_FORMS))
    return plain.encode("ascii", "ignore").decode() or "?", error.start + 1


codecs.register_error("koerier-charref", lambda error: _write_missing(error, "charref"))
codecs.register_error("koerier-transliterate", lambda error: _write_missing(error, "transliterate"))
