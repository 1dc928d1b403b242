from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from koerier.data.formats.encoding import decode, marked_charset, newline
from koerier.pipeline.errors import KoerierError

DUTCH = "Café in Zürich – “één”\r\nx"


@pytest.mark.parametrize(
    ("codec", "bom"),
    [
        ("utf-8", codecs.BOM_UTF8),
        ("utf-8", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("cp1252", b""),
    ],
)
def test_encoding_is_told_from_the_bytes(codec, bom):
    data = bom + DUTCH.encode(codec)
    text, encoding = decode(data)
    assert text == DUTCH
    assert (encoding.codec, encoding.bom) == (codec, bom)
    assert encoding.encode(text, "charref") == data


def test_declared_encoding_counts_unless_it_is_unknown_or_wrong():
    assert decode("č".encode("iso8859-2"), declared="ISO-8859-2")[0] == "č"
    assert decode(b"\x80", declared="latin1")[0] == "€", "the web reads Latin-1 as windows-1252"
    assert decode("č".encode(), declared="klingon")[0] == "č"
    assert decode(b"caf\xe9 ", declared="utf-8")[0] == "café "
    assert decode(b"caf\xe9 ", declared="rot13")[0] == "café "
    assert decode("é".encode("utf-16"), declared="iso-8859-1")[0] == "é", "a mark is stronger"


def test_a_few_broken_bytes_do_not_make_utf8_into_something_else():
    data = "é ü ñ".encode() + b" \xff"
    text, encoding = decode(data)
    assert text == "é ü ñ \udcff"
    assert encoding.encode(text, "transliterate") == data


def test_bytes_that_windows_1252_has_not_come_back():
    data = b"caf\xe9 \x81\x8d"
    text, encoding = decode(data)
    assert encoding.codec == "cp1252"
    assert encoding.encode(text, "charref") == data


def test_characters_that_an_encoding_lacks():
    encoding = decode(b"caf\xe9")[1]
    assert encoding.encode("é € ě 😀", "charref") == b"\xe9 \x80 &#283; &#128512;"
    assert encoding.encode("é € ě Ł ŋ ŵ 😀 \ud800", "transliterate") == b"\xe9 \x80 e L ng w ? ?"


@pytest.mark.parametrize("data", [codecs.BOM_UTF16_LE + b"a", codecs.BOM_UTF32_LE + b"\xff" * 4])
def test_broken_wide_encodings_are_an_error(data):
    with pytest.raises(KoerierError, match="utf-"):
        decode(data)


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>', "ISO-8859-1"),
        (b"<html><META charset=windows-1252>", "windows-1252"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        (b'<meta charset="utf-16">', "utf-8"),
        (b"<p>charset=x", None),
        (b" " * 2000 + b"<meta charset=x>", None),
    ],
)
def test_marked_charset(head, label):
    assert marked_charset(head) == label


@pytest.mark.parametrize(
    ("text", "end"), [("a\r\nb\n", "\r\n"), ("a\nb", "\n"), ("a\rb", "\r"), ("a", "\n")]
)
def test_newline(text, end):
    assert newline(text) == end


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([None, "utf-8", "ascii", "utf-16", "shift_jis", "cp1251", "utf-7", "hz", ""]),
)
def test_bytes_come_back_or_are_an_error(data, declared):
    try:
        text, encoding = decode(data, declared=declared)
    except KoerierError:
        return
    assert encoding.encode(text, "charref") == data
