"""Datelines, credits, bylines and agency boilerplate; the copy is invented."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koerier.pipeline.conventions import PLACE_COLUMNS, place
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Block, Role
from koerier.pipeline.tables import parse_csv, shipped
from koerier.pipeline.wire import Conventions, FixedSpan, is_boilerplate, recognise

CONVENTIONS = Conventions.load()


def spans(text: str, role: Role = Role.PARAGRAPH) -> list[FixedSpan]:
    return recognise(Block("b", role, text), CONVENTIONS)


def dutch(text: str, role: Role = Role.PARAGRAPH) -> str:
    """The block with its fixed spans in Dutch and the rest as it was."""
    done, cursor = "", 0
    for span in spans(text, role):
        done += text[cursor : span.start] + span.target
        cursor = span.end
    return done + text[cursor:]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("BEIJING (AP) — x", "PEKING (AP) – x"),
        ("KHARKIV, Ukraine (WA) — x", "CHARKOV (WA) – x"),
        ("UNITED NATIONS, May 14 (Reuters) - x", "VERENIGDE NATIES, 14 mei (Reuters) – x"),
        ("GENEVA, Sept. 3, 2024 (AFP) – x", "GENÈVE, 3 september 2024 (AFP) – x"),
        ("PARIS/BERLIN (Reuters) - x", "PARIJS/BERLIJN (Reuters) – x"),
        ("(Reuters) - x", "(Reuters) – x"),
        ("Brussels (AFP) – x", "Brussel (AFP) – x"),
        ("NEW YORK (AP) _ x", "NEW YORK (AP) – x"),
        ("CAIRO (AP) -- x", "CAÏRO (AP) – x"),
        ("MOSCOW — x", "MOSKOU – x"),
        ("ST. PETERSBURG, Fla. (AP) — x", "ST. PETERSBURG, Florida (AP) – x"),
        ("PARIS, Texas (AP) — x", "PARIS, Texas (AP) – x"),
        ("ALEXANDRIA, Va. (Reuters) - x", "ALEXANDRIA, Virginia (Reuters) – x"),
        ("ATHENS, Georgia (AP) — x", "ATHENS, Georgia (AP) – x"),
        ("BATUMI, Georgia (AP) — x", "BATOEMI (AP) – x"),
        ("ATHENS, Greece (AP) — x", "ATHENE (AP) – x"),
        ("LONDON, Ontario (AP) — x", "LONDON, Ontario (AP) – x"),
        ("Frankfurt/Main (dpa) - x", "Frankfurt am Main (dpa) – x"),
        ("TEL AVIV, Israel — x", "TEL AVIV – x"),
        ("KYIV/MOSCOW, Feb 24 (Reuters) - x", "KIEV/MOSKOU, 24 februari (Reuters) – x"),
        ("July 25 (UPI) -- x", "25 juli (UPI) – x"),
        ("New Delhi, 14 May (ANI): x", "New Delhi, 14 mei (ANI) – x"),
        ("SMALLVILLE, Kan. (AP) — x", "SMALLVILLE (AP) – x"),
        ("NEAR BAKHMUT, Ukraine (AP) — x", "BIJ BACHMOET (AP) – x"),
        ("ABOARD THE EXAMPLE (AP) — x", "AAN BOORD VAN THE EXAMPLE (AP) – x"),
        ("GAZA CITY, Gaza Strip (dpa/AP) — x", "GAZA-STAD (dpa/AP) – x"),
        ("ST. PETERSBURG, Russia (AP) — x", "SINT-PETERSBURG (AP) – x"),
    ],
)
def test_dateline(source: str, target: str) -> None:
    assert dutch(source) == target
    assert spans(source)[0].rule == "wire.dateline"


@pytest.mark.parametrize(
    "text",
    [
        "NATO — the alliance — met.",
        "WHO — The U.N. agency — warned.",
        "NASA (AP) is a client.",
        "The mayor (WA) — a lawyer — left.",
        "He moved to MOSCOW — and left.",
        "COVID-19 - what to know",
        "XYZ (ABC) — unknown place and agency.",
        "Moscow — not in capitals — waits.",
    ],
)
def test_no_false_datelines(text: str) -> None:
    assert spans(text) == []


def test_region_is_kept_and_translated_when_the_style_says_so(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('drop_region = false\n[places]\n"Lviv" = "Lemberg"\n', encoding="utf-8")
    block = Block("b", Role.PARAGRAPH, "LVIV, Ukraine (AP) — x")
    assert recognise(block, Conventions.load(own))[0].target == "LEMBERG, Oekraïne (AP) –"
    assert recognise(block, CONVENTIONS)[0].target == "LVIV (AP) –"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("A dog. (AP Photo)", "A dog. (foto AP)"),
        ("A dog. (WA Photo/Jane Doe)", "A dog. (foto WA/Jane Doe)"),
        ("A dog. (AP Photo/Jane Doe, File)", "A dog. (foto AP/Jane Doe, archief)"),
        ("A dog. (John Doe, Pool via AP)", "A dog. (John Doe, pool via AP)"),
        ("A dog. (Jane Doe/Pool Photo via AP)", "A dog. (Jane Doe/poolfoto via AP)"),
        ("A dog. (Pool Photo via AP)", "A dog. (poolfoto via AP)"),
        (
            "A dog. (Ukrainian Presidential Press Office via AP)",
            "A dog. (persdienst van de Oekraïense president via AP)",
        ),
        (
            "A dog. (Greek Defense Ministry via AP)",
            "A dog. (het Griekse ministerie van Defensie via AP)",
        ),
        ("A dog. (Zoo of Example Town via AP)", "A dog. (Zoo of Example Town via AP)"),
        ("A dog. REUTERS/Jane Doe/File Photo", "A dog. REUTERS/Jane Doe/archieffoto"),
        ("A dog. AFP PHOTO / Jane DOE", "A dog. foto AFP / Jane DOE"),
        ("A dog. (Photo by Jane DOE / AFP)", "A dog. (foto Jane DOE / AFP)"),
        ("A dog. EPA-EFE/JANE DOE", "A dog. EPA-EFE/JANE DOE"),
        ("A dog. (Getty Images)", "A dog. (Getty Images)"),
        (
            "A dog. (J. Doe, Sputnik, Kremlin Pool Photo via AP)",
            "A dog. (J. Doe, Sputnik, poolfoto Kremlin via AP)",
        ),
        (
            "A dog. (Greek Police photo via AP, File)",
            "A dog. (foto Griekse politie via AP, archief)",
        ),
        ("FILE - A dog. (AP Photo)", "ARCHIEF - A dog. (foto AP)"),
        ("FILE – A dog.", "ARCHIEF – A dog."),
        ("FILE PHOTO: A dog. REUTERS/J. Doe", "ARCHIEFFOTO: A dog. REUTERS/J. Doe"),
    ],
)
def test_captions(source: str, target: str) -> None:
    assert dutch(source, Role.CAPTION) == target


@pytest.mark.parametrize(
    "text",
    ["Ann (left) and Bob (right).", "A dog (named Rex).", "FILES were found.", "A car (Ford)."],
)
def test_no_false_credits(text: str) -> None:
    assert spans(text, Role.CAPTION) == []


@pytest.mark.parametrize(
    "text", ["He kept one (file).", "It came by post (bought via Example).", "A report (Reuters)."]
)
def test_no_credits_in_running_text(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize(
    ("role", "source", "target"),
    [
        (Role.CREDIT, "AP Photo/Jane Doe", "foto AP/Jane Doe"),
        (Role.CREDIT, "Getty Images", "Getty Images"),
        (Role.DATELINE, "KYIV, Ukraine (AP) —", "KIEV (AP) –"),
        (Role.DATELINE, "Prague", "Praag"),
        (Role.BYLINE, "By Jane Doe and John Roe", "Door Jane Doe en John Roe"),
        (Role.BYLINE, "By JANE DOE", "Door JANE DOE"),
        (Role.BYLINE, "By JANE DOE\nThe Example Press", "Door JANE DOE\nThe Example Press"),
        (
            Role.PARAGRAPH,
            "More AP tennis: https://example.com/t",
            "Meer AP tennis: https://example.com/t",
        ),
        (
            Role.PARAGRAPH,
            "Follow Jane Doe on X: https://example.com",
            "Volg Jane Doe op https://example.com",
        ),
        (Role.BYLINE, "Jane Doe, The Example Press", "Jane Doe, The Example Press"),
        (Role.PARAGRAPH, "By Jane Doe, Associated Press", "Door Jane Doe, Associated Press"),
        (
            Role.BOILERPLATE,
            "Associated Press writers in Cairo, Warsaw and Lyon contributed to this report.",
            "Met medewerking van correspondenten van AP in Caïro, Warschau en Lyon.",
        ),
        (
            Role.PARAGRAPH,
            "Associated Press writers Ann B. Doe in Kyiv, Ukraine, and Bo Roe contributed to this"
            " story.",
            "Met medewerking van AP-correspondenten Ann B. Doe in Kiev en Bo Roe.",
        ),
        (
            Role.PARAGRAPH,
            "(Reporting by Ann Doe in Vienna; Additional reporting by Bo Roe; Editing by C. Poe)",
            "(Verslag: Ann Doe in Wenen; aanvullend verslag: Bo Roe; redactie: C. Poe)",
        ),
        (Role.PARAGRAPH, "Ann Doe reported from Rome.", "Ann Doe deed verslag vanuit Rome."),
        (Role.PARAGRAPH, "Doe reported from Nairobi, Kenya.", "Doe deed verslag vanuit Nairobi."),
        (
            Role.PARAGRAPH,
            "Wire Agency writer Ann Doe in Prague contributed to this report.",
            "Met medewerking van Ann Doe in Praag, Wire Agency.",
        ),
        (Role.HEADLINE, "UPDATE 2-Rain falls", "UPDATE 2-Rain falls"),
        (
            Role.BOILERPLATE,
            "AP writers in Paris, Texas, Athens, Greece, and Tampa, Florida, contributed to this"
            " report.",
            "Met medewerking van correspondenten van AP in Paris, Texas, Athene en Tampa.",
        ),
        (
            Role.BOILERPLATE,
            "AP writers in Kenya, Rwanda and Italy contributed to this report.",
            "Met medewerking van correspondenten van AP in Kenia, Rwanda en Italië.",
        ),
        (Role.PARAGRAPH, "READ MORE: Five things", "LEES OOK: Five things"),
        (Role.PARAGRAPH, "MORE: Five things", "MEER: Five things"),
        (
            Role.PARAGRAPH,
            "Follow AP's coverage of storms at https://example.com/storms",
            "Volg de berichtgeving van AP over storms op https://example.com/storms",
        ),
        (
            Role.PARAGRAPH,
            "For more, visit https://example.com/a.",
            "Meer informatie: https://example.com/a.",
        ),
        (
            Role.PARAGRAPH,
            "Copyright 2024 The Example Press. All rights reserved.",
            "Copyright 2024 The Example Press. Alle rechten voorbehouden.",
        ),
        (Role.NOTE, "Eds: Adds quote.", "Noot voor de redactie: Adds quote."),
        (Role.NOTE, "1st Ld-Writethru", "1st Ld-Writethru"),
        (
            Role.PARAGRAPH,
            "This story has been corrected to show that he is 42.",
            "Correctie: he is 42.",
        ),
        (
            Role.PARAGRAPH,
            "It rained. Associated Press writer Ann Doe in Rome contributed to this report.",
            "It rained. Met medewerking van AP-correspondent Ann Doe in Rome.",
        ),
    ],
)
def test_conventions(role: Role, source: str, target: str) -> None:
    assert dutch(source, role) == target
    assert spans(source, role)


@pytest.mark.parametrize(
    "text",
    [
        "___",
        "* * *",
        "https://example.com/a?b=c",
        "desk@example.com",
        "@example #war #news",
        "+1 202 555 0100",
        "(202) 555-0100",
    ],
)
def test_copied_as_it_is(text: str) -> None:
    (span,) = spans(text)
    assert (span.start, span.end, span.target) == (0, len(text), text)


@pytest.mark.parametrize(
    "text",
    [
        "By the time he came it was over.",
        "Ann Doe reported from Rome and Bo Roe from Oslo.",
        ". It rained.",
        "2024",
        "12.5 13.75",
        "No",
    ],
)
def test_left_for_translation(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("READ MORE: Who won? The race explained", True),
        ("Associated Press writers contributed to this report.", True),
        ("Copyright 2024 The Example Press. All rights reserved.", True),
        ("It rained. Associated Press writers contributed to this report.", False),
        ("It rained.", False),
        ("KYIV, Ukraine (AP) — It rained.", False),
    ],
)
def test_boilerplate(text: str, expected: bool) -> None:
    assert is_boilerplate(Block("b", Role.PARAGRAPH, text), CONVENTIONS) is expected


@given(
    st.text(alphabet="ABab ()/,.:—-'0\n@#_", max_size=80),
    st.sampled_from(list(Role)),
    st.sampled_from(
        ["", "KYIV (AP) — ", "By ", "FILE - ", "READ MORE: ", "Follow AP's coverage of "]
    ),
    st.sampled_from(
        ["", " (AP Photo/A)", " at https://example.com", " contributed to this report."]
    ),
)
def test_spans_are_sorted_disjoint_and_trimmed(
    middle: str, role: Role, before: str, after: str
) -> None:
    text = before + middle + after
    cursor = 0
    for span in spans(text, role):
        assert cursor <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        assert span.target.strip() == span.target != ""
        cursor = span.end


@pytest.mark.parametrize(
    "piece", ["1 ", "A ", "(", "By A ", "a@", "www.", "AP ", ", ", "x/", "A. "]
)
def test_no_rule_is_slow(piece: str) -> None:
    for role in Role:
        for text in (piece * 300, piece * 30_000, "Associated Press writers " + piece * 100):
            began = time.perf_counter()
            spans(text, role)
            assert time.perf_counter() - began < 1


def test_place_table() -> None:
    rows = parse_csv(shipped("names", "datelines.csv"), "datelines.csv", PLACE_COLUMNS)
    different = [row for row in rows if row[2] == "city" and row[0] != row[1]]
    assert len(different) >= 250
    keys = [(row[0].casefold(), row[2]) for row in rows]
    assert len(keys) == len(set(keys))
    assert place("IJMUIDEN", CONVENTIONS) == "IJMUIDEN"
    assert place("Reykjavik", CONVENTIONS) == "Reykjavik"
    assert place("ZURICH", CONVENTIONS) == "ZÜRICH"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dash = 3", "own.toml: dash: must be a string"),
        ("dahs = '-'", "own.toml: dahs: unknown key"),
        ("[months]\nMay = 5", r"own.toml: months.May: must be a string"),
        ("dash = ", "own.toml: is not valid TOML"),
        (
            "[[rule]]\nid = 'x'\nwhere = 'middle'\npattern = 'a'\ntarget = 'b'",
            r"rule\[1\].where: is one of",
        ),
        (
            "[[rule]]\nid = 'x'\nwhere = 'end'\npattern = '('\ntarget = 'b'",
            "not a regular expression",
        ),
        ("[[rule]]\nid = 'x'\nwhere = 'end'\npattern = 'a'\ntarget = '{b}'", "not a group"),
        (
            "[[rule]]\nid = 'x'\nwhere = 'end'\npattern = '(?P<b>a)'\ntarget = '{b:shout}'",
            "no such conversion",
        ),
        (
            "[[rule]]\nid = 'x'\nwhere = 'end'\npattern = 'a'\ntarget = 'b'\nroles = ['para']",
            "'para' is not a block role",
        ),
    ],
)
def test_bad_conventions_name_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(KoerierError, match=message):
        Conventions.load(own)


def test_own_rules_replace_and_switch_off(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        """
[[rule]]
id = "wire.more"
enabled = false

[[rule]]
id = "wire.read-more"
where = "start"
pattern = "READ MORE:"
target = "ZIE OOK:"

[[rule]]
id = "house.closing"
where = "end"
pattern = "\\\\[more\\\\]"
target = "[volgt]"
""",
        encoding="utf-8",
    )
    conventions = Conventions.load(own)

    def targets(text: str) -> list[str]:
        return [span.target for span in recognise(Block("b", Role.PARAGRAPH, text), conventions)]

    assert targets("MORE: x") == []
    assert targets("READ MORE: x") == ["ZIE OOK:"]
    assert targets("It rained. [more]") == ["[volgt]"]


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KoerierError, match=r"none\.toml: No such file"):
        Conventions.load(tmp_path / "none.toml")
