from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from koerier.data.formats.page import safe_href, to_page
from koerier.pipeline.story import (
    Block,
    Finding,
    Metadata,
    Origin,
    Outcome,
    Role,
    Segment,
    Severity,
    Status,
    Story,
    Tag,
)

VOID = {"meta", "br"}
OURS = set(
    re.findall(
        r"\w+",
        "html head meta title style body header p nav ol li a span main article dl div dt dd "
        "section small b q sup mark br strong em sub",
    )
)


class Checker(HTMLParser):
    """Notes elements, links and attributes; fails on anything not well nested."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.hrefs: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.hrefs += [value for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert not checker.open
    return checker


def story(source: str, target: str, **parts) -> Story:
    segment = Segment("b1.s1", source, target=target, status=Status.TRANSLATED)
    for name in ("tags", "target_tags", "findings", "origin", "status"):
        if name in parts:
            setattr(segment, name, parts[name])
    block = Block("b1", Role.PARAGRAPH, source, parts.get("tags", []), [segment])
    return Story("wa-1", [block], outcome=Outcome.TRANSLATED)


def test_source_and_target_stand_side_by_side():
    page = to_page([story("The dam holds.", "De dam houdt het.")], "koerier 1; engine x")
    assert '<div class="text source" lang="en"><span' in page
    assert page.index("The dam holds.") < page.index("De dam houdt het.")
    assert "koerier 1; engine x" in page
    assert "<script" not in page


def test_links_and_bold_become_real_markup():
    tags = [
        Tag("1", 0, 7, '<a class="x" href="https://wire.example/?a=1&amp;b=2">', "</a>", "a"),
        Tag("2", 4, 7, "<b>", "</b>", "b", "1"),
        Tag("3", 7, 7, "<br/>", "", "br"),
    ]
    page = to_page([story("The dam holds.", "De dam.", tags=tags)], "")
    assert (
        '<a href="https://wire.example/?a=1&amp;b=2" rel="noopener noreferrer">The </a>'
        '<a href="https://wire.example/?a=1&amp;b=2" rel="noopener noreferrer">'
        "<strong>dam</strong></a><br> holds." in page
    )


def test_a_finding_is_marked_numbered_and_explained_in_dutch():
    finding = Finding(
        "numbers", "accuracy", Severity.MAJOR, "English", "Getal wijkt af.", (4, 5), (3, 4), "3"
    )
    page = to_page([story("It is 4", "Is 4 nu", findings=[finding])], "")
    assert '<mark class="major">4</mark> nu<sup class="ref">1</sup>' in page
    assert "Getal wijkt af." in page
    assert "<b>Ernstig</b>" in page
    assert "English" not in page


def test_origin_and_state_on_hover():
    origin = Origin("engine", "ct2:x", -0.5, ["typography", "typography"])
    page = to_page([story("A", "B", origin=origin, status=Status.REVIEWED)], "")
    assert 'title="Nagekeken · machinevertaling ct2:x · zekerheid 61% · regels: typography"' in page


def test_what_was_left_out_or_left_alone_says_so():
    blocks = [
        Block("b1", Role.BOILERPLATE, "READ MORE", drop=True),
        Block("b2", Role.CREDIT, "(WA Photo)", translate=False),
        Block("b3", Role.PARAGRAPH, "New.", segments=[Segment("b3.s1", "New.")]),
    ]
    page = to_page([Story("wa-1", blocks, Metadata(embargo="tot 6 uur"))], "")
    assert "weggelaten" in page
    assert page.count("READ MORE") == 1
    assert "ongewijzigd" in page
    assert page.count("(WA Photo)") == 2
    assert "nog niet vertaald</span>" in page
    assert "tot 6 uur" in page


def test_several_stories_get_a_table_of_contents():
    stories = [story("A", "B"), Story("wa-2", outcome=Outcome.ALREADY_TRANSLATED)]
    checker = checked(to_page(stories, ""))
    assert checker.hrefs == ["#bericht-1", "#bericht-2"]
    assert "al in de doeltaal" in checker.text


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="javascript:alert(1)">',
        '<a href=" java\nscript:alert(1)">',
        '<a href="&#106;avascript:alert(1)">',
        '<a href="data:text/html,x">',
        '<a href="//evil.example">',
        '<a href="ht\ttps://x">',
        '<a href="http://[x">',
        "<a>",
        "<a href>",
        "not markup",
    ],
)
def test_unsafe_links_are_not_links(markup: str):
    assert safe_href(markup) is None
    tag = Tag("1", 0, 1, markup, "</a>", "a")
    assert checked(to_page([story("A", "B", tags=[tag])], "")).hrefs == []


@pytest.mark.parametrize("url", ["https://x.example/?a=1&b=2", "mailto:a@b.example", "HTTP://x"])
def test_safe_links(url: str):
    assert safe_href(f"<x:a xlink:href='{url}'>".replace("&", "&amp;")) == url


hostile = st.one_of(
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</style><script>x</script>",
            "{{ 7*7 }}{% raw %}",
            "'onmouseover='x",
            "]]><!--",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)


@st.composite
def hostile_stories(draw) -> Story:
    source, target = draw(hostile), draw(hostile)
    tags = []
    for number in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(source)))
        end = draw(st.integers(start, len(source)))
        tags.append(Tag(str(number), start, end, draw(hostile), draw(hostile), draw(hostile)))
    finding = Finding(draw(hostile), draw(hostile), Severity.MINOR, draw(hostile), draw(hostile))
    if target:
        finding.target_span = (0, len(target) // 2 + 1)
    origin = Origin(draw(hostile), draw(hostile), 0.5, [draw(hostile)])
    found = story(source, target, tags=tags, findings=[finding], origin=origin)
    found.id = draw(hostile)
    found.source_language = draw(hostile)
    found.metadata.embargo = draw(hostile)
    return found


@settings(max_examples=100, deadline=None)
@given(hostile_stories(), hostile)
def test_nothing_of_a_story_becomes_markup_of_the_page(found: Story, provenance: str):
    page = to_page([found], provenance)
    checker = checked(page)
    assert checker.elements <= OURS
    assert not {name for name in checker.attributes if name.startswith("on") or name == "src"}
    if any(not tag.paired for tag in found.blocks[0].tags):
        return  # their chips stand amid the text
    squeezed = re.sub(r"\s+", "", checker.text)
    assert re.sub(r"\s+", "", found.blocks[0].source) in squeezed


def test_the_page_is_deterministic():
    assert to_page([story("A", "B")], "x") == to_page([story("A", "B")], "x")
