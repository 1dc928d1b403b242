from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from koerier.data.formats.inline import render
from koerier.pipeline.align import Aligner, Link, WordAlignment, tokenize
from koerier.pipeline.markup import project
from koerier.pipeline.story import Tag

ALIGNER = Aligner()


def parse(tagged: str) -> tuple[str, list[Tag]]:
    """Simple inline notation: <a>...</a> and <br/>."""
    text, tags, open_tags = "", [], []
    for match in re.finditer(r"<(/?)(\w+)(/?)>|[^<]+", tagged):
        if match[2] is None:
            text += match[0]
        elif match[1]:
            open_tags.pop().end = len(text)
        else:
            parent = open_tags[-1].id if open_tags else None
            close = "" if match[3] else f"</{match[2]}>"
            tag = Tag(str(len(tags)), len(text), len(text), match[0], close, match[2], parent)
            tags.append(tag)
            if close:
                open_tags.append(tag)
    return text, tags


def carried(tagged: str, target: str) -> str:
    source, tags = parse(tagged)
    done = project(source, tags, target, ALIGNER.align(source, target))
    return render(target, done, str)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (
            "His country's forces <a>launched an offensive</a> in the <b>Kharkiv region</b>.",
            "De strijdkrachten van zijn land hebben <a>een offensief gelanceerd</a>"
            " in de <b>regio Charkov</b>.",
        ),
        (
            "<a>Ukrainian President</a> <b>Volodymyr Zelenskyy</b> said no.",
            "De <a>Oekraïense president</a> <b>Volodymyr Zelensky</b> zei nee.",
        ),
        (
            "The <a><b>full-scale</b> invasion</a> began.",
            "De <a><b>grootschalige</b> invasie</a> begon.",
        ),
        (
            '<i>"We will stay,"</i> said <b>Putin</b>, who left.',
            '<i>"We blijven"</i>, zei <b>Poetin</b>, die vertrok.',
        ),
        (
            "More than <b>8,000</b> people left<sup/>. He stayed.",
            "Ruim <b>8.000</b> mensen vertrokken<sup/>. Hij bleef.",
        ),
        (
            "Police said so.<br/> The minister did not.",
            "De politie zei dat.<br/> De minister niet.",
        ),
        ("<b>The Senate approved the law.</b>", "<b>De Senaat keurde de wet goed.</b>"),
        ("The <a>invasion</a> force", "De <a>invasiemacht</a>"),
        ("<img/>The president left.<img/>", "<img/>De president vertrok.<img/>"),
    ],
)
def test_tags_go_around_the_words_that_mean_the_same(source: str, target: str) -> None:
    assert carried(source, re.sub("<[^>]*>", "", target)) == target


def test_an_unchanged_text_keeps_its_tags_where_they_were() -> None:
    source, tags = parse("a <b>b<br/></b><i></i> c")
    assert project(source, tags, source, ALIGNER.align(source, source)) == tags


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Tag], str, WordAlignment]:
    words = st.lists(st.sampled_from(["a", "de", "huis", ",", ".", '"', "8,000", "é"]), max_size=8)
    source, target = (" ".join(draw(words)) for _ in range(2))
    tags: list[Tag] = []
    for number in range(draw(st.integers(0, 6))):
        inside = draw(st.sampled_from([None, *tags]))
        low, high = (0, len(source)) if inside is None else (inside.start, inside.end)
        start, end = sorted(draw(st.integers(low, high)) for _ in range(2))
        paired = draw(st.booleans()) and (inside is None or inside.paired)
        parent = inside.id if inside is not None and inside.paired else None
        if paired:
            tags.append(Tag(f"{number}", start, end, f"<t{number}>", f"</t{number}>", "", parent))
        else:
            tags.append(Tag(f"{number}", start, start, f"<t{number}/>", "", "", parent))
    one, other = tokenize(source), tokenize(target)
    links = [
        Link(draw(st.integers(0, len(one) - 1)), draw(st.integers(0, len(other) - 1)), 0.5)
        for _ in range(draw(st.integers(0, 6)) if one and other else 0)
    ]
    return source, tags, target, WordAlignment(one, other, links)


@given(cases())
@settings(max_examples=100, deadline=None)
def test_every_tag_once_nested_and_well_formed(
    case: tuple[str, list[Tag], str, WordAlignment],
) -> None:
    source, tags, target, alignment = case
    done = project(source, tags, target, alignment)
    assert [(tag.id, tag.open, tag.close, tag.parent) for tag in done] == [
        (tag.id, tag.open, tag.close, tag.parent) for tag in tags
    ]
    known = {tag.id: tag for tag in done}
    for tag in done:
        assert 0 <= tag.start <= tag.end <= len(target)
        assert tag.paired or tag.start == tag.end
        if tag.parent is not None and source != target:
            assert known[tag.parent].start <= tag.start <= tag.end <= known[tag.parent].end
    markup = render(target, done, lambda text: escape(text, quote=False))
    root = etree.fromstring(f"<root>{markup}</root>".encode())
    assert "".join(root.itertext()) == target
    assert len(list(root.iter())) == len(tags) + 1


def test_numbers_are_aligned_by_value_and_names_by_spelling() -> None:
    source, target = "Kharkiv lost 8,000 homes", "Charkov verloor 8.000 woningen"
    alignment = ALIGNER.align(source, target)
    pairs = {
        (
            source[slice(*alignment.source_words[link.source])],
            target[slice(*alignment.target_words[link.target])],
        )
        for link in alignment.links
    }
    assert {("Kharkiv", "Charkov"), ("8,000", "8.000"), ("lost", "verloor")} <= pairs
