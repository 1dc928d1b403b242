from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup_helpers import SAMPLES, convert, shape, shout, stories, translate

from koerier.data.formats.base import Options, Source
from koerier.data.formats.plain_blocks import PlainBlocks, PlainLine
from koerier.data.formats.text import PlainText
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Role

FILES = sorted((SAMPLES / "text").iterdir())
WRAPPED = (SAMPLES / "text" / "wrapped.txt").read_bytes()
LINES = (SAMPLES / "text" / "lines.txt").read_bytes()
LEGACY = (SAMPLES / "text" / "legacy-crlf.txt").read_bytes()


def blocks(text: str, *, story: bool = True) -> list[tuple[Role, str]]:
    return [(block.role, block.source) for block in PlainBlocks(text, story=story).blocks]


def texts(text: str) -> list[str]:
    return [source for _, source in blocks(text)]


def test_a_hand_wrapped_wire_story():
    (story,) = stories(PlainText(), WRAPPED, "in/wrapped.txt")
    assert story.id == "wrapped"
    assert story.metadata.byline == "By MARIJKE ALDERING"
    assert [(block.role, block.source) for block in story.blocks] == [
        (Role.SLUG, "BC-EU--Flood Barrier,3rd Ld-Writethru,0412"),
        (Role.HEADLINE, "Flood barrier holds as storm batters coast"),
        (Role.NOTE, "Eds: UPDATES with damage estimate. With WA Photos."),
        (Role.BYLINE, "By MARIJKE ALDERING"),
        (Role.BYLINE, "Wire Agency Writer"),
        (
            Role.PARAGRAPH,
            "THE HAGUE, Netherlands (WA) -- A giant flood barrier protected more than 1.5 million"
            " people on Friday as the worst winter storm in three decades battered the coast of the"
            " Netherlands.",
        ),
        (
            Role.PARAGRAPH,
            "The government said the barrier had closed at 3 a.m. and would stay shut until the"
            " water fell below 2.6 meters.",
        ),
        (
            Role.PARAGRAPH,
            '"It did what it was built to do," said Prime Minister Dick Schoof, who visited the'
            " port of Rotterdam with the mayor.",
        ),
        (Role.PARAGRAPH, "Some facts:"),
        (
            Role.LIST_ITEM,
            "The barrier is 210 meters long and was built in 1997 after a long and bitter debate"
            " in parliament.",
        ),
        (Role.LIST_ITEM, "It has closed only twice before."),
        (Role.PARAGRAPH, "Wire Agency writer Jan Novak in Prague contributed to this report."),
        (Role.TABLE_CELL, "Team"),
        (Role.TABLE_CELL, "Won"),
        (Role.TABLE_CELL, "Lost"),
        (Role.TABLE_CELL, "Harbour City"),
        (Role.TABLE_CELL, "Rangers"),
        (Role.NOTE, "412 words"),
        (Role.BOILERPLATE, "Copyright 2024 Wire Agency. All rights reserved."),
    ]
    assert not story.blocks[0].translate


def test_a_story_of_one_line_a_paragraph():
    (story,) = stories(PlainText(), LINES)
    assert [block.role for block in story.blocks] == [
        *(Role.HEADLINE, Role.BYLINE, Role.PARAGRAPH, Role.PARAGRAPH, Role.PARAGRAPH),
        *(Role.LIST_ITEM, Role.LIST_ITEM, Role.CAPTION, Role.CREDIT, Role.BOILERPLATE),
    ]
    assert story.blocks[5].source == "Some 240,000 people have fled."
    out = convert(PlainText(), LINES).decode()
    assert "• SOME 240,000 PEOPLE HAVE FLED.\n•\tONLY 35% OF THE AID" in out
    assert "\n\n* * *\n\nFILE - NEGOTIATORS" in out
    assert out.endswith("\n-30-\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_untranslated_text_keeps_its_bytes_and_translated_text_its_shape(path):
    data = path.read_bytes()
    assert convert(PlainText(), data, untouched=True) == data
    (before,) = stories(PlainText(), data)
    (after,) = stories(PlainText(), convert(PlainText(), data))
    assert [s for _, _, _, s in shape(after.blocks)] == [s for _, _, _, s in shape(before.blocks)]


def test_a_translation_is_wrapped_as_the_original_was():
    text = (
        "   The first line of this paragraph is as long as this.\r\n"
        "It goes on here and there, and it ends here.\r\n"
        "   The second.\r\n"
    )
    long = "Een vertaling is meestal wat langer dan het origineel, en wordt dus opnieuw afgebroken."
    plain = PlainBlocks(text)
    first, second = plain.blocks
    assert plain.render(translate([first], {first.source: long})) == (
        "   Een vertaling is meestal wat langer dan het\r\n"
        "origineel, en wordt dus opnieuw afgebroken.\r\n"
        "   The second.\r\n"
    )
    assert second.source == "The second."


def test_legacy_encoding_line_ends_and_odd_characters_stay():
    out = convert(PlainText(), LEGACY, targets={"Café reopens in Zürich": "Café Dvořák – “Ł”"})
    assert out.startswith("Café Dvorák – “L”\r\n\r\nBY".encode("cp1252"))
    assert b"1984.\x0c\r\n   \r\n" in out
    assert out.endswith("SHE SAID.  \r\n\r\n\x1a".encode("cp1252"))


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_stay(codec):
    data = "Één regel.\r\n".encode(codec)
    assert convert(PlainText(), data) == "ÉÉN REGEL.\r\n".encode(codec)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One line", [(Role.PARAGRAPH, "One line")]),
        ("A headline\n\nA text.", [(Role.HEADLINE, "A headline"), (Role.PARAGRAPH, "A text.")]),
        ("A text.\n\nMore", [(Role.PARAGRAPH, "A text."), (Role.PARAGRAPH, "More")]),
        (
            "Trade with the U.S.\n\nx",
            [(Role.HEADLINE, "Trade with the U.S."), (Role.PARAGRAPH, "x")],
        ),
        (
            "GENEVA (WA) — Talks resumed\n\nx",
            [(Role.PARAGRAPH, "GENEVA (WA) — Talks resumed"), (Role.PARAGRAPH, "x")],
        ),
        ("UKRAINE-CRISIS/GRAIN (UPDATE 2)", [(Role.SLUG, "UKRAINE-CRISIS/GRAIN (UPDATE 2)")]),
        (
            "US-backed plan fails\n\nx",
            [(Role.HEADLINE, "US-backed plan fails"), (Role.PARAGRAPH, "x")],
        ),
        ("By Jan de Vries, Editor", [(Role.BYLINE, "By Jan de Vries, Editor")]),
        ("By Tuesday all were gone", [(Role.PARAGRAPH, "By Tuesday all were gone")]),
        ("GENEVA (WA) —", [(Role.DATELINE, "GENEVA (WA) —")]),
        ("Caption: A dog", [(Role.CAPTION, "Caption: A dog")]),
        ("A dog. (WA Photo/Al Bo)", [(Role.CAPTION, "A dog. (WA Photo/Al Bo)")]),
        ("(Al Bo/Pool via WA)", [(Role.CREDIT, "(Al Bo/Pool via WA)")]),
        ("Tel: 555-0100", [(Role.BOILERPLATE, "Tel: 555-0100")]),
        ("(1) one\n2. two\n– three", [(Role.LIST_ITEM, word) for word in ("one", "two", "three")]),
        ("___\n---\n***\n# # #\n- 30 -\n(END)\n\n12.5\n", []),
        ("a\tb   c", [(Role.TABLE_CELL, word) for word in "abc"]),
        ("\x00\x01a\x02b\x03\n", [(Role.PARAGRAPH, "a b")]),
        ("a\ud800b", [(Role.PARAGRAPH, "a\ufffdb")]),
        ("", []),
        (" \n\t\r\n\x0c", []),
    ],
)
def test_blocks_and_roles(text, expected):
    assert blocks(text) == expected
    plain = PlainBlocks(text)
    assert plain.render(plain.blocks) == text


def test_a_body_has_no_headline():
    assert blocks("Short\n\nText", story=False) == [
        (Role.PARAGRAPH, "Short"),
        (Role.PARAGRAPH, "Text"),
    ]


def test_lines_that_were_broken_on_purpose_stay_apart():
    verse = "Roses are red\nViolets are blue\n"
    assert texts(verse) == ["Roses are red", "Violets are blue"]
    ragged = "A line that is rather long, as it fills the width\nand then one\nthat is not.\nend\n"
    assert texts(ragged) == [" ".join(ragged.split("\n")[:3]), "end"]
    wide = "x" * 120 + "\n" + "y" * 120 + "\nshort\n"
    assert len(texts(wide)) == 3


def test_dropped_paragraphs_leave_with_the_lines_behind_them():
    text = "One.\n\n- Two.\n\nThree.\tFour.\n\nFive.\n"
    out = convert(PlainText(), text.encode(), drop=["Two.", "Three.", "Five."])
    assert out == b"ONE.\n\nThree.\tFOUR.\n\n"


def test_one_line_texts():
    line = PlainLine(" \nA head\n line\t", "h", Role.HEADLINE)
    (block,) = line.blocks
    assert (block.id, block.role, block.source) == ("h", Role.HEADLINE, "A head line")
    assert line.render([]) == line.text
    assert line.render(translate([block], {"A head line": "Een kop"})) == " \nEen kop\t"
    assert PlainLine(" 12 ", "h", Role.HEADLINE).blocks == []


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.txt", b"text", True),
        ("x", b"text", True),
        ("x", "text".encode("utf-16"), True),
        ("x.csv", b"a,b", False),
        ("x.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", False),
        ("x.txt", b"", True),
        ("x.txt", codecs.BOM_UTF16_LE + b"\x00\xd8a", True),
    ],
)
def test_sniffing(name, data, expected):
    assert PlainText().sniff(Source(name, content=data)) is expected


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03" * 9, b"\xff\xfea"])
def test_binary_data_is_an_error_that_names_the_file(data):
    with pytest.raises(KoerierError, match=r"^x\.txt: "):
        PlainText().open(Source("x.txt", content=data), Options())


def test_an_empty_file_is_an_empty_story():
    (story,) = stories(PlainText(), b"")
    assert story.blocks == []
    assert convert(PlainText(), b"") == b""


PIECES = [
    *("word", "By JOHN DOE", "The quick brown fox jumps over the lazy dog and runs on,", "x" * 99),
    *("\n", "\r\n", "\n\n", "\r", "\t", "\x00", "\x0c", "\x85", "\u2028", "\xa0", " ", "   "),
    *("- ", "1. ", "___", "(WA)", "^", "<", "BC-EU--x", "END", ".", "é"),
]
WIRE = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(max_examples=100, deadline=None)
@given(WIRE | st.text(max_size=80))
def test_any_text_comes_back_and_its_letters_are_in_the_blocks_once(text):
    plain = PlainBlocks(text)
    assert plain.render(plain.blocks) == text
    written = plain.render(translate(plain.blocks))
    letters = [char for char in written if char.isalpha()]
    assert [shout(char) for char in text if char.isalpha()] == [shout(char) for char in letters]
    found = [char for source in texts(text) for char in source if char.isalpha()]
    skipped = text.count("END")
    assert len(letters) - 3 * skipped <= len(found) <= len(letters)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "x" * 1_000_000,
        " " * 1_000_000 + "x",
        "a\n" * 100_000,
        ("word " * 14 + "\n") * 20_000,
        "\x00" * 1_000_000,
        "- " * 300_000,
        "<" * 300_000 + "x" + "<" * 300_000,
        "By " + "A " * 100_000,
        "(" * 100_000 + "Photo",
    ],
)
def test_hostile_text_is_read_in_linear_time(text):
    started = time.process_time()
    plain = PlainBlocks(text)
    plain.render(translate(plain.blocks))
    assert time.process_time() - started < 10
