from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup_helpers import SAMPLES, convert, shape, stories

from koerier.data.formats.base import Options, Source
from koerier.data.formats.html import Html
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Role

FILES = sorted((SAMPLES / "html").iterdir())
STORY = (SAMPLES / "html" / "story.html").read_bytes()
LEGACY = (SAMPLES / "html" / "legacy.html").read_bytes()
STRICT = (SAMPLES / "html" / "strict.xhtml").read_bytes()


def test_a_page_is_a_story():
    (story,) = stories(Html(), STORY)
    assert story.id == "https://wire.example/tram?a=1&b=2"
    assert (story.source_language, story.target_language) == ("en-US", "nl")
    assert story.metadata.byline == "By MARIJKE ALDERING"
    assert story.metadata.agency == "Wire Agency"
    assert [(block.role, block.source) for block in story.blocks] == [
        (Role.HEADLINE, "Tram line reopens after forty years | Wire Agency"),
        (Role.PARAGRAPH, 'Riders lined up at dawn to see "the old lady" return.'),
        (Role.HEADLINE, "Tram line reopens"),
        (Role.PARAGRAPH, "Home"),
        (Role.HEADLINE, "Tram line reopens after forty years"),
        (Role.BYLINE, "By MARIJKE ALDERING"),
        (Role.NOTE, "Updated 3:15 PM EST, May 14, 2024"),
        (Role.CAPTION, "An old tram in the rain"),
        (
            Role.CAPTION,
            "FILE - An old tram waits in the rain in Port Elsewhere, on Jan. 18, 2018."
            " (WA Photo/Tom Bakker)",
        ),
        (
            Role.PARAGRAPH,
            "PORT ELSEWHERE (WA) — Riders lined up & waited on Tuesday."
            " “She is back,” said the mayor, Li\xa0Wei.",
        ),
        (Role.PARAGRAPH, "All about Tuesday"),
        (Role.PARAGRAPH, "The line closed in 1984. It cost $3.5 billion to rebuild."),
        (Role.LIST_ITEM, "Length: 12 miles"),
        (Role.LIST_ITEM, "Stops:"),
        (Role.QUOTE, "C’est magnifique."),
        (Role.PARAGRAPH, "___"),
    ]
    kept = [block.source for block in story.blocks if not block.translate]
    assert kept == ["Home", "C’est magnifique."]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_untranslated_page_keeps_its_bytes(path):
    data = path.read_bytes()
    assert convert(Html(), data, untouched=True, name=path.name) == data


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_translated_page_has_the_same_shape(path):
    data = path.read_bytes()
    (before,), (after,) = (
        stories(Html(), one, path.name) for one in (data, convert(Html(), data, name=path.name))
    )
    # What stays in another language is found to be foreign in Dutch as well.
    assert shape(after.blocks) == shape(before.blocks)
    assert after.source_language == "nl"


def test_only_texts_language_and_provenance_change():
    out = convert(Html(), STORY).decode()
    lines = dict(zip(STORY.decode().splitlines(), out.splitlines(), strict=False))
    for same in ("<!-- published by the desk -->", '  <link rel="stylesheet" href="x.css">'):
        assert lines[same] == same
    assert '<html lang="nl" class="no-js">' in out
    assert '<meta property="og:locale" content="nl_NL">' in out
    assert (
        '{"headline": "Tram line <b>reopens</b>"}</script>\n'
        '  <link rel="alternate" hreflang="en-US" href="https://wire.example/tram?a=1&amp;b=2">\n'
        '  <meta name="generator" content="koerier 0.1; test &amp; co">\n'
        "</head>" in out
    )
    assert '<nav translate="no"><a href="/">Home</a></nav>' in out
    assert '<div class="Page-byline">BY <a href="/m" rel="author">' in out
    assert '<img src="tram.jpg" alt="AN OLD TRAM IN THE RAIN" width=640>' in out
    assert (
        'ON <a href="x?a=1&amp;b=2" title="ALL ABOUT TUESDAY">TUESDAY</a>. “SHE IS BACK,” SAID THE'
        " MAYOR,<br> LI&nbsp;WEI.\n  <p>THE LINE CLOSED IN 1984.<!-- sic --> IT COST"
        " <b>$3.5 <i>BILLION</i></b> TO REBUILD.\n  <ul><li>LENGTH: 12 MILES<li>STOPS:" in out
    )
    assert '<blockquote lang="fr"><p>C&rsquo;est magnifique.</p></blockquote>' in out
    assert out.endswith(
        '<noscript><img src="pixel.gif" alt="Pixel"></noscript>\n</body>\n</html>\n'
    )


def test_legacy_encoding_is_kept_and_what_it_lacks_becomes_a_reference():
    out = convert(Html(), LEGACY, targets={"Café opens": "Café ‘Dvořák’ open"})
    assert "<title>Café ‘Dvo&#345;ák’ open</title>".encode("cp1252") in out
    assert b"\r\n" in out
    assert b"\n" not in out.replace(b"\r\n", b"")
    assert '<html lang="nl">' in out.decode("cp1252")
    assert "OPENS<BR><BR>\r\nTHE OWNER, J.D. O'NEILL, PAID €250.<P>" in out.decode("cp1252")


def test_xhtml_stays_well_formed():
    from lxml import etree

    out = convert(Html(), STRICT, name="strict.xhtml")
    etree.fromstring(out, etree.XMLParser(load_dtd=False, no_network=True))
    text = out.decode()
    assert 'xml:lang="nl" lang="nl"><head>' in text
    assert '<meta http-equiv="Content-Language" content="nl"/>' in text
    assert '<meta name="generator" content="koerier 0.1; test &amp; co"/></head>' in text
    assert '<p><a id="top"/>IT RAINED IN <span xml:lang="nl">PORT&#160;ELSEWHERE</span>.' in text


def test_a_dutch_page_says_so():
    (story,) = stories(Html(), b"<html lang=nl><p lang=nl>Het regent.<p lang=en>It rains.")
    assert story.source_language == "nl"
    assert [block.translate for block in story.blocks] == [True, False]


@pytest.mark.parametrize(
    ("page", "language"),
    [
        ('<meta http-equiv=content-language content="nl-BE, en"><p>x', "nl-BE"),
        ('<html xml:lang="en_GB"><p>x', "en-GB"),
        ("<p>x", "en"),
    ],
)
def test_where_the_language_is_stated(page, language):
    (story,) = stories(Html(), page.encode())
    assert story.source_language == language


def test_identity():
    (story,) = stories(Html(), b'<meta property="og:url" content="https://w.example/1"><p>x')
    assert story.id == "https://w.example/1"
    (story,) = stories(Html(), b"<p>x", "dir/flood.html")
    assert story.id == "flood"
    (story,) = stories(Html(), b'<meta name=author content="https://w.example/ann"><p>x')
    assert story.metadata.byline is None


def test_a_fragment_gets_no_provenance():
    assert convert(Html(), b"<p>one</p>") == b"<p>ONE</p>"
    head = b"<head><title>x</title></head>"
    assert convert(Html(), head) == (
        b'<head><title>X</title><meta name="generator" content="koerier 0.1; test &amp; co"></head>'
    )


def test_a_link_to_the_original_is_not_doubled():
    head = b"<head><link rel=canonical href=/a><link rel=alternate hreflang=en href=/a></head><p>x"
    assert convert(Html(), head).count(b"hreflang") == 1


def test_dropping_a_paragraph():
    out = convert(Html(), STORY, drop=["___"]).decode()
    assert "___" not in out
    assert "</blockquote>\n  \n</article>" in out


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (STORY, True),
        (LEGACY, True),
        (STRICT, True),
        (b"\xef\xbb\xbf \n<!-- x --><!DOCTYPE HTML><x>", True),
        (b"<p>fragment", True),
        (b"<div>fragment", True),
        ("<html>x".encode("utf-16"), True),
        (b'<?xml version="1.0"?><nitf><body>', False),
        (b"<rss><channel><title>x", False),
        (b"<title>x", False),
        (b"text with <p> in it", False),
        (b'{"body": "<p>x"}', False),
        (b"", False),
        (b"\xff\xfea", False),
    ],
)
def test_sniffing(data, expected):
    assert Html().sniff(Source("x", content=data)) is expected


def test_broken_bytes_are_an_error_with_the_file_name():
    with pytest.raises(KoerierError, match=r"^page\.html: .*utf-16"):
        Html().open(Source("page.html", content=b"\xff\xfea"), Options())


def test_an_empty_page_has_no_blocks():
    (story,) = stories(Html(), b"")
    assert story.blocks == []
    assert convert(Html(), b"") == b""


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_come_back(data, wrapped):
    if wrapped:
        data = b"<html><head></head><body><p>" + data
    try:
        out = convert(Html(), data, untouched=True)
    except KoerierError:
        return
    assert out == data
    convert(Html(), data)
