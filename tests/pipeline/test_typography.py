"""Dutch typography of targets: what changes, what stays, and that no value ever changes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koerier.pipeline.errors import KoerierError
from koerier.pipeline.numbers import figures
from koerier.pipeline.rewrite import Rewrite
from koerier.pipeline.story import Edit, apply_edits
from koerier.pipeline.typography import Typography, localise

STYLE = Typography.load()


def dutch(source: str, target: str, style: Typography = STYLE) -> str:
    return apply_edits(target, localise(source, target, style))[0]


def own_style(folder: Path, text: str) -> Typography:
    file = folder / "style.toml"
    file.write_text(text, encoding="utf-8")
    return Typography.load(file)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        # figures
        ("8,000 jobs", "8,000 banen", "8.000 banen"),
        ("3.5 percent", "3.5 procent", "3,5 procent"),
        ("1,234,567.89", "1,234,567.89", "1.234.567,89"),
        ("8 of 8,000", "8 van 8,000", "8 van 8.000"),
        ("10,000-20,000", "10,000-20,000", "10.000-20.000"),
        ("0.125 points", "0.125 punt", "0,125 punt"),
        ("1.5 and 1,500", "1.5 en 1,500", "1,5 en 1.500"),
        # currency and scale
        ("$5 billion", "$5 billion", "5 miljard dollar"),
        ("$5 billion", "$5 miljard", "5 miljard dollar"),
        ("$5 billion", "$5 miljard dollar", "5 miljard dollar"),
        ("US$1.7 million", "US$1.7 miljoen", "1,7 miljoen dollar"),
        ("€5 million", "€5 miljoen", "5 miljoen euro"),
        ("£1,250", "£1,250", "1.250 pond"),
        ("US$30, or $10", "US $ 30, of $ 10", "30 dollar, of 10 dollar"),
        ("US$11,000 to $22,500", "US$ 11.000 tot $ 22.500", "11.000 tot 22.500 dollar"),
        ("so, $5", "dus, $5", "dus, 5 dollar"),
        ("$5m", "$5m", "5 miljoen dollar"),
        ("$5bn", "$5bn", "5 miljard dollar"),
        ("$3 to $5 billion", "$3 tot $5 miljard", "3 tot 5 miljard dollar"),
        ("$3-5 billion", "$3-5 miljard", "3-5 miljard dollar"),
        ("2.3 trillion", "2,3 trillion", "2,3 biljoen"),
        ("1.5 million people", "1.5 million mensen", "1,5 miljoen mensen"),
        # percent
        ("12%", "12%", "12 procent"),
        ("12.5 percent", "12.5 percent", "12,5 procent"),
        # times
        ("at 3 p.m. today", "om 3 p.m. vandaag", "om 15.00 uur vandaag"),
        ("at 3:30 p.m.", "om 3:30 p.m.", "om 15.30 uur."),
        ("at 12 a.m. or 12 p.m. then", "om 12 a.m. of 12 p.m. dan", "om 0.00 uur of 12.00 uur dan"),
        ("9am", "9am is vroeg", "9.00 uur is vroeg"),
        # dates and days
        ("on May 14, 2024, he", "op May 14, 2024 heeft hij", "op 14 mei 2024 heeft hij"),
        ("on 14 May", "op 14 May", "op 14 mei"),
        ("on Sept. 3", "op Sept. 3", "op 3 september"),
        ("in March 2020", "in March 2020", "in maart 2020"),
        ("on 14 May", "op 14 Mei", "op 14 mei"),
        ("on Monday", "hij kwam Monday", "hij kwam maandag"),
        ("Monday", "hij kwam op Maandag", "hij kwam op maandag"),
        # ordinals
        ("the 21st century", "de 21st eeuw", "de 21e eeuw"),
        # marks
        ("a — b", "a — b", "a – b"),
        ("a—b", "a—b", "a – b"),
        ("x", "Nee , zei hij .", "Nee, zei hij."),
        ("x", "Nee  dus", "Nee dus"),
        ("x", "( nee )", "(nee)"),
        ("x", "nee . . . ja", "nee... ja"),
        ("x", '"Nee," zei hij.', '"Nee", zei hij.'),
    ],
)
def test_english_form_becomes_dutch(source: str, target: str, expected: str) -> None:
    assert dutch(source, target) == expected


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("8,000 jobs, up 3.5%", "8.000 banen, 3,5 procent meer"),
        ("5.7 thousand", "5.700"),
        ("30 thousand people", "30.000 mensen"),
        ("1.4 trillion pounds", "1.400 miljard pond"),
        ("1,234 and 1.234", "1,234 en 1.234"),
        ("from 10am to 4pm", "van 10.00 tot 16.00 uur"),
        ("3:30 p.m. and 15.3 percent", "15.30 uur en 15,3 procent"),
        ("a Boeing 737-800, an F-16 and an A320", "een Boeing 737-800, een F-16 en een A320"),
        ("COVID-19 and iOS 17.2", "COVID-19 en iOS 17.2"),
        ("won 3-2 in 1:45.32", "won met 3-2 in 1:45.32"),
        ("see figure 1.1", "zie figuur 1.1"),
        ("at 192.168.1.1", "op 192.168.1.1"),
        ("in 2024", "in 2024"),
        ("see https://example.com/8,000/3.5", "zie https://example.com/8,000/3.5"),
        ("call 202.555.0100", "bel 202.555.0100"),
        ("9/11", "9/11"),
        ("Black Friday", "op Black Friday"),
        ("Friday the 13th", "de film Friday the 13th"),
        ("20th Century Fox", "van 20th Century Fox"),
        ("100% Homegrown", "in 100% Homegrown"),
        ("Holy Saturday", "op Stille Zaterdag"),
        ("Monday", "Maandag kwam hij."),
        ("a 12% rule", "een 12%-norm"),
        ("$5 million deal", "een $5-miljoendeal"),
        ("Theresa May, 62", "Theresa May, 62"),
        ("ages 3–5", "3–5 jaar"),
        ("2.3 quintillion", "2,3 trillion"),
        ("He left ...", "Hij vertrok ..."),
    ],
)
def test_what_is_dutch_or_a_name_stays(source: str, target: str) -> None:
    assert localise(source, target, STYLE) == []


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ("source", "\"Ja\", zei hij. “Nee”, zei ze: 's avonds foto's."),
        ("straight", '"Ja", zei hij. "Nee", zei ze: \'s avonds foto\'s.'),
        ("curly-high", "“Ja”, zei hij. “Nee”, zei ze: ’s avonds foto’s."),
        ("low-high", "„Ja”, zei hij. „Nee”, zei ze: ’s avonds foto’s."),
    ],
)
def test_quotation_marks(tmp_path: Path, quotes: str, expected: str) -> None:
    style = own_style(tmp_path, f'quotes = "{quotes}"')
    assert dutch("x", "\"Ja\", zei hij. “Nee”, zei ze: 's avonds foto's.", style) == expected


def test_a_rule_can_be_switched_off(tmp_path: Path) -> None:
    style = own_style(tmp_path, 'off = ["percent", "currency"]')
    assert dutch("12% of $5.5", "12% van $5.5", style) == "12% van $5,5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('quotes = "odd"', r"style\.toml: quotes: is one of"),
        ('off = ["comma"]', r"style\.toml: off: no rule 'comma'"),
        ('hours = "u"', r"style\.toml: hours: unknown key"),
        ('[currency_words]\n"$" = "("', r"currency_words\.\$: is not a regular expression"),
    ],
)
def test_bad_style_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(KoerierError, match=message):
        own_style(tmp_path, text)


AMOUNTS = st.decimals(min_value=0, max_value=9_999_999, places=2, allow_nan=False).map(
    Decimal.normalize
) | st.integers(0, 99_999_999).map(Decimal)


def in_english(value: Decimal) -> str:
    return f"{value:,f}"


def in_dutch(value: Decimal) -> str:
    return in_english(value).translate(str.maketrans(".,", ",."))


def read_dutch(text: str) -> Counter[Decimal]:
    """An independent reading of Dutch figures: points dropped, commas for decimals."""
    found = re.findall(r"\d[\d.,]*", text)
    return Counter(
        Decimal(figure.rstrip(".,").replace(".", "").replace(",", ".")) for figure in found
    )


@given(
    st.lists(
        st.tuples(AMOUNTS, st.booleans(), st.sampled_from(["", "$", "€", "%", " percent"])),
        max_size=6,
    )
)
def test_values_are_never_altered(items: list[tuple[Decimal, bool, str]]) -> None:
    def sentence(forms: list[str]) -> str:
        parts = []
        for form, (_, _, mark) in zip(forms, items, strict=True):
            parts.append(mark + form if mark in ("$", "€") else form + mark)
        return "Er waren " + " en ".join(parts) + " doden."

    english = [in_english(value) for value, _, _ in items]
    source = sentence(english)
    written = [in_english(v) if left else in_dutch(v) for v, left, _ in items]
    target = sentence(written)
    known = set(english)
    if any(
        in_dutch(value) in known and in_dutch(value) != in_english(value) for value, _, _ in items
    ):
        return
    result = dutch(source, target)
    assert read_dutch(result) == Counter(value for value, _, _ in items)
    assert dutch(source, result) == result


PIECES = st.sampled_from(
    [
        "$",
        "€",
        "5",
        "3.5",
        "8,000",
        "1.234",
        " ",
        " ",
        " ",
        "%",
        "percent",
        "billion",
        "million",
        "miljard",
        "p.m.",
        "May",
        "14",
        "2024",
        "Monday",
        "Maandag",
        "21st",
        "the",
        "tot",
        "-",
        "—",
        "--",
        "–",
        ",",
        ".",
        '"',
        "'",
        "(",
        ")",
        "...",
        ". . .",
        "F-16",
        "op",
        "Op",
        "\u00a0",
        ":",
    ]
)


@given(
    st.lists(PIECES, max_size=15).map("".join),
    st.lists(PIECES, max_size=15).map("".join),
    st.sampled_from(["source", "straight", "curly-high", "low-high"]),
)
def test_twice_is_once(source: str, target: str, quotes: str) -> None:
    style = replace(STYLE, quotes=quotes)
    once = dutch(source, target, style)
    assert localise(source, once, style) == []


@given(
    st.text(alphabet="0123456789.,$€%-–: aF", max_size=40),
    st.text(alphabet="0159.,$% ", max_size=40),
)
def test_digits_keep_their_order(target: str, source: str) -> None:
    assert re.sub(r"\D", "", dutch(source, target)) == re.sub(r"\D", "", target)


@given(
    st.text(alphabet="ab1.,", max_size=12),
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 3), st.text("xyz", max_size=3)), max_size=4
    ),
)
def test_edits_of_several_passes_add_up(text: str, raw: list[tuple[int, int, str]]) -> None:
    rewrite = Rewrite(text)
    for start, length, new in raw:
        start = min(start, len(rewrite.text))
        rewrite.apply([Edit(start, min(start + length, len(rewrite.text)), new)])
    assert apply_edits(text, rewrite.edits())[0] == rewrite.text


def test_figures_skip_addresses_times_and_names() -> None:
    text = "F-16 at 3:30, 1/2, a.b@example.com, www.x.nl/3.5, 192.168.1.1 8,000 and 3.5, 12."
    assert [figure.text for figure in figures(text)] == ["192.168.1.1", "8,000", "3.5", "12"]
    assert [figure.english for figure in figures(text)] == [
        None,
        Decimal(8000),
        Decimal("3.5"),
        Decimal(12),
    ]


@pytest.mark.parametrize("piece", ["1", "1,", "$1 ", '"', " ", "— ", "Monday ", "May 1 ", "a " * 9])
def test_long_text_is_no_trouble(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    localise(text, text, STYLE)
