"""NITF, NewsML-G2, RSS and Atom: what is read, what is written, what stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from bilingual_helpers import assert_valid
from lxml import etree
from markup_helpers import SAMPLES, convert, shape, stories

from koerier.data.formats.base import Format, Source
from koerier.data.formats.feed import Atom, Rss
from koerier.data.formats.newsml import NewsMLG2
from koerier.data.formats.nitf import Nitf
from koerier.data.formats.registry import detect
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Role

NITF = (SAMPLES / "nitf" / "story.xml").read_bytes()
NEWSML = (SAMPLES / "newsml" / "message.xml").read_bytes()
RSS = (SAMPLES / "feed" / "news.rss").read_bytes()
ATOM = (SAMPLES / "feed" / "news.atom").read_bytes()
ALL = [(Nitf, NITF), (NewsMLG2, NEWSML), (Rss, RSS), (Atom, ATOM)]

each = pytest.mark.parametrize(("kind", "data"), ALL, ids=[kind.name for kind, _ in ALL])


def test_nitf_is_read_with_roles_tags_and_metadata() -> None:
    (story,) = stories(Nitf(), NITF)
    assert (story.id, story.source_language) == ("wa-2024-0514-007", "en-US")
    assert story.metadata.agency == "WA"
    assert story.metadata.urgency == "3"
    assert story.metadata.embargo == "20240514T060000Z"
    assert story.metadata.byline == "By ELENA MARKOVA Wire Agency writer"
    found = [(block.role, block.source) for block in story.blocks]
    assert found[:3] == [
        (Role.HEADLINE, "Ministers agree on river plan"),
        (Role.HEADLINE, "Ministers agree on river plan"),
        (Role.HEADLINE, "Farmers & fishers remain sceptical"),
    ]
    assert (Role.CAPTION, "The Danube near Vienna.") in found
    assert (Role.CREDIT, "Tom Bakker") in found
    assert (Role.LIST_ITEM, "Second item") in found
    assert (Role.TABLE_CELL, "Yes") in found
    assert (Role.PARAGRAPH, "A quoted paragraph.") in found
    lede = next(block for block in story.blocks if block.source.startswith("VIENNA (WA)"))
    assert lede.source == (
        "VIENNA (WA) — Ministers of nine countries agreed on a plan to clean up the river."
    )
    (link,) = lede.tags
    assert lede.source[link.start : link.end] == "agreed on a plan"
    assert link.open == '<a href="https://wire.example/?a=1&amp;b=2">'
    money = next(block for block in story.blocks if block.source.startswith("It costs"))
    assert money.source == "It costs €250\xa0million. Nobody voted against."
    assert [tag.kind for tag in money.tags] == ["money", "br"]


def test_newsml_items_are_stories_under_their_guid() -> None:
    text, photo, dutch = stories(NewsMLG2(), NEWSML)
    assert [story.id for story in (text, photo, dutch)] == [
        "tag:wire.example,2024:text-1",
        "tag:wire.example,2024:photo-1",
        "tag:wire.example,2024:nl-1",
    ]
    assert dutch.source_language == "nl"
    assert (text.metadata.agency, text.metadata.version) == ("nprov:WA", "4")
    assert text.metadata.embargo == "2024-05-14T13:00:00Z"
    sources = [block.source for block in text.blocks]
    assert sources == [
        "River plan",
        "By Elena Markova",
        "VIENNA",
        "Ministers agree on river plan",
        "A short summary.",
        "The ministers agreed.",
        "First paragraph.",
        "Second paragraph.",
    ]
    assert [block.role for block in photo.blocks] == [Role.CAPTION, Role.CREDIT]


def test_feeds_are_a_story_for_the_feed_and_one_an_item() -> None:
    channel, item = stories(Rss(), RSS)
    assert (channel.id, item.id) == ("https://wire.example/", "wa-1")
    assert [block.source for block in channel.blocks] == ["Wire Agency", "World news & more"]
    assert [block.source for block in item.blocks] == [
        "River plan agreed",
        "Ministers agreed.",
        "The plan costs money.",
        "The river",
        "Tom Bakker",
    ]
    feed, entry = stories(Atom(), ATOM)
    assert (feed.id, entry.id) == ("https://wire.example/", "tag:wire.example,2024:1")
    assert [b.source for b in entry.blocks] == ["River & plan", "A summary.", "The plan is ready."]


@each
def test_untranslated_files_keep_every_byte(kind: Callable[[], Format], data: bytes) -> None:
    assert convert(kind(), data, untouched=True) == data


@each
def test_translated_files_have_the_same_shape(kind: Callable[[], Format], data: bytes) -> None:
    written = convert(kind(), data)
    etree.fromstring(written)
    before, after = stories(kind(), data), stories(kind(), written)
    assert [story.id for story in after] == [story.id for story in before]
    for one, other in zip(before, after, strict=True):
        # "&" and the like stay, letters are upper case now.
        assert shape(other.blocks) == shape(one.blocks)
        assert [block.source for block in other.blocks] != [block.source for block in one.blocks]


@each
def test_bytes_outside_the_text_stay(kind: Callable[[], Format], data: bytes) -> None:
    def bare(raw: bytes) -> bytes:
        for pattern in (
            rb'\s*<meta name="translation"[^>]*>',
            rb"\s*<generator>[^<]*</generator>",
            rb'\s*<link rel="(irel:translatedFrom|via)[^>]*>',
            rb'(?<=language tag=)"\w+"| xml:lang="[\w-]*"|(?<=<language>)[^<]*',
        ):
            raw = re.sub(pattern, b"", raw)
        # A character reference in a text is written as the character.
        raw = re.sub(rb"&#(\d+);", lambda ref: chr(int(ref[1])).encode(), raw)
        # White space inside a block is collapsed, and a break has a space behind it.
        return re.sub(rb"\s+", b"", raw).upper()

    assert bare(convert(kind(), data)) == bare(data)


def test_the_language_and_the_origin_are_told_in_each_formats_own_way() -> None:
    nitf = convert(Nitf(), NITF).decode()
    assert '<body xml:lang="nl">' in nitf
    assert 'content="translated from en-US; koerier 0.1; test &amp; co"/>' in nitf
    assert nitf.index('name="translation"') < nitf.index("<tobject")
    newsml = convert(NewsMLG2(), NEWSML).decode()
    assert newsml.count('<language tag="nl"/>') == 1
    order = ["pubStatus", "<generator>", "<title>", "irel:seeAlso", "irel:translatedFrom"]
    places = [newsml.index(mark) for mark in order]
    assert places == sorted(places)
    assert 'residref="tag:wire.example,2024:text-1" version="4"' in newsml
    assert "<language>nl</language>" in convert(Rss(), RSS).decode("latin-1")
    assert '<entry xml:lang="nl">' in convert(Atom(), ATOM).decode()
    assert '<link rel="via" hreflang="en" href="https://wire.example/1"/>' in (
        convert(Atom(), ATOM).decode()
    )


def test_text_that_ends_a_cdata_section_does_not_break_it() -> None:
    written = convert(Rss(), RSS, targets={"The plan costs money.": "Het ]]> kost geld."})
    (_, item) = stories(Rss(), written)
    assert any(block.source == "Het ]]> kost geld." for block in item.blocks)


def test_characters_a_file_cannot_hold_become_references() -> None:
    written = convert(Rss(), RSS, targets={"River plan agreed": "Oekraïne “eens” – €5"})
    assert "Oekraïne &#8220;eens&#8221; &#8211; &#8364;5".encode("latin-1") in written
    assert stories(Rss(), written)[1].blocks[0].source == "Oekraïne “eens” – €5"


def test_a_dropped_paragraph_is_left_out_whole() -> None:
    written = convert(Nitf(), NITF, drop=["A quoted paragraph."])
    assert b"QUOTED" not in written
    assert b"<block></block>" in written
    etree.fromstring(written)


@each
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings_come_back_as_they_were(
    kind: Callable[[], Format], data: bytes, encoding: str
) -> None:
    text = re.sub(r' encoding="[^"]*"', "", data.decode("latin-1" if kind is Rss else "utf-8"))
    recoded = text.encode(encoding)
    assert convert(kind(), recoded, untouched=True) == recoded
    assert detect(Source("x", content=recoded)).name == kind.name
    assert convert(kind(), recoded)[:2] == recoded[:2]


BOMB = """<!DOCTYPE nitf [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
EXTERNAL = """<!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/passwd">]>"""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (f"{BOMB}<nitf><body><p>&b;</p></body></nitf>", "entit"),
        (f"{EXTERNAL}<nitf><body><p>&x;</p></body></nitf>", "entit"),
        ("<nitf><body><p>no end", "line"),
        ("<nitf>" + "<block>" * 5000, "deep"),
        ('<?xml version="1.0" encoding="no-such"?><nitf/>', "no-such"),
        ("<html/>", "is not NITF"),
    ],
)
def test_hostile_and_broken_files_are_refused_in_one_line(data: str, message: str) -> None:
    with pytest.raises(KoerierError, match=message) as caught:
        stories(Nitf(), data.encode(), name="bad.xml")
    assert str(caught.value).startswith("bad.xml")
    assert "\n" not in str(caught.value)


def test_newsml_is_valid_before_and_after() -> None:
    for data in (NEWSML, convert(NewsMLG2(), NEWSML)):
        assert_valid(data, "newsml-g2/NewsML-G2_2.35-spec-All-Power.xsd")


def test_nitf_is_valid_before_and_after() -> None:
    # The schema fixes these two for its own version and has a namespace.
    data = NITF.replace(b"<nitf ", b'<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/" ')
    data = data.replace(b"NITF 3.3", b"NITF 3.6").replace(
        b"October 18, 2006", b"September 11, 2009"
    )
    for file in (data, convert(Nitf(), data)):
        assert_valid(file, "nitf/nitf-3-6.xsd")


def test_an_item_without_a_guid_is_named() -> None:
    data = NEWSML.replace(b' guid="tag:wire.example,2024:photo-1"', b"")
    with pytest.raises(KoerierError, match="item 2: has no guid"):
        stories(NewsMLG2(), data)
