from __future__ import annotations

import io

import pytest
from bilingual_helpers import assert_valid, convert, stories, untouched
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from koerier.data.formats.bilingual import BilingualWriter, nmtoken, to_xliff
from koerier.data.formats.xliff2 import Xliff2
from koerier.pipeline.segment import segment
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

NS = {"x": "urn:oasis:names:tc:xliff:document:2.0", "m": "urn:oasis:names:tc:xliff:metadata:2.0"}
SCHEMA = "xliff2.1/xliff_core_2.0.xsd"
METADATA = "xliff2.1/metadata.xsd"


def harbour() -> Story:
    bold = Tag("1", 4, 25, '<b class="x">', "</b>", "b")
    link = Tag("2", 8, 13, '<a href="https://wire.example/?a=1&b=2">', "</a>", "a", "1")
    line = Tag("3", 17, 17, "<br/>", "", "br", "1")
    body = Block("p 1", Role.PARAGRAPH, "The old riders. A tram came. End", [bold, link, line])
    first = Segment("p 1.s1", "The old riders.", 0, "De oude reizigers.")
    first.tags = [Tag("1", 4, 15, bold.open, bold.close, "b"), link]
    first.target_tags = [
        Tag("1", 3, 18, bold.open, bold.close, "b"),
        Tag("2", 8, 17, link.open, link.close, "a", "1"),
    ]
    first.status, first.origin = Status.REVIEWED, Origin("reviewer", "desk")
    second = Segment("p 1.s2", "A tram came.", 16, "Er kwam een tram.")
    second.tags = [
        Tag("1", 0, 9, bold.open, bold.close, "b"),
        Tag("3", 1, 1, "<br/>", "", "br", "1"),
    ]
    second.target_tags = [
        Tag("1", 0, 7, bold.open, bold.close, "b"),
        Tag("3", 2, 2, "<br/>", "", "br", "1"),
    ]
    second.status = Status.TRANSLATED
    second.origin = Origin("engine", "ct2:x <1>", -0.25, ["typography", "names"])
    second.findings = [
        Finding("numbers", "accuracy", Severity.MAJOR, "Differs & so", "Wijkt af", (0, 1), (3, 7))
    ]
    last = Segment("p 1.s3", "End", 29)
    body.segments = [first, second, last]
    return Story(
        "urn:wa:1?a&b",
        [
            Block("h", Role.HEADLINE, "Credit stays", translate=False),
            body,
            Block("x", Role.BOILERPLATE, "READ MORE", drop=True),
        ],
        Metadata(agency="Wire <Agency>", embargo="06.00"),
        format="html",
        outcome=Outcome.TRANSLATED,
    )


def assert_all_valid(data: bytes) -> None:
    assert_valid(data, SCHEMA)
    for metadata in etree.fromstring(data).iterfind(".//m:metadata", NS):
        assert_valid(etree.tostring(metadata, with_tail=False), METADATA)


def test_valid_by_the_schema():
    assert_all_valid(to_xliff([harbour(), Story("empty")], "koerier 1"))
    assert_all_valid(to_xliff([], "koerier 1"))


def test_a_tag_over_segments_opens_in_the_first_and_closes_in_the_last():
    out = to_xliff([harbour()], "koerier 1").decode()
    assert (
        '<source>The <sc id="1" dataRef="d1" type="fmt" subType="xlf:b"/>old '
        '<pc id="2" dataRefStart="d2" dataRefEnd="d3" type="link">rider</pc>s.</source>'
        '<target>De <sc id="1" dataRef="d1" type="fmt" subType="xlf:b"/>oude '
        '<pc id="2" dataRefStart="d2" dataRefEnd="d3" type="link">reizigers</pc>.</target>'
    ) in out
    assert '<source>A<ph id="3"' in out
    assert ' tram ca<ec startRef="1"' in out
    assert "<ignorable><source> </source></ignorable>" in out
    root = etree.fromstring(out.encode())
    data = [node.text for node in root.iterfind(".//x:data", NS)]
    assert data == [
        '<b class="x">',
        '<a href="https://wire.example/?a=1&b=2">',
        "</a>",
        "<br/>",
        "</b>",
    ]


def test_origin_and_findings_are_told():
    root = etree.fromstring(to_xliff([harbour()], "koerier 1; engine <x>"))
    groups = [
        (group.get("category"), {meta.get("type"): meta.text for meta in group})
        for group in root.iterfind(".//x:unit//m:metaGroup", NS)
    ]
    assert groups == [
        ("origin", {"segment": "p_x0020_1.s1", "kind": "reviewer", "id": "desk"}),
        (
            "origin",
            {
                "segment": "p_x0020_1.s2",
                "kind": "engine",
                "id": "ct2:x <1>",
                "score": "-0.2500",
                "rules": "typography names",
            },
        ),
        (
            "finding",
            {
                "segment": "p_x0020_1.s2",
                "check": "numbers",
                "category": "accuracy",
                "severity": "major",
                "message": "Differs & so",
                "messageNl": "Wijkt af",
                "sourceSpan": "0-1",
                "targetSpan": "3-7",
            },
        ),
        ("block", {"dropped": "yes"}),
    ]
    (note,) = root.iterfind(".//x:note", NS)
    assert (note.text, note.get("priority")) == ("[p 1.s2] Wijkt af", "3")
    facts = {m.get("type"): m.text for m in root.iterfind("x:file/m:metadata//m:meta", NS)}
    assert facts["provenance"] == "koerier 1; engine <x>"
    assert facts["agency"] == "Wire <Agency>"
    states = [(s.get("state"), s.get("subState")) for s in root.iterfind(".//x:segment", NS)]
    assert states[1:4] == [
        ("reviewed", "koerier:reviewer"),
        ("translated", "koerier:engine"),
        ("initial", None),
    ]


def test_it_reads_back_as_the_same_story():
    story = harbour()
    (back,) = stories(Xliff2(), to_xliff([story], "koerier 1"))
    assert back.id == story.id
    assert [(b.role, b.translate) for b in back.blocks] == [
        (Role.HEADLINE, False),
        (Role.PARAGRAPH, True),
        (Role.BOILERPLATE, False),
    ]
    assert [shape(s) for s in back.segments()][1:4] == [shape(s) for s in story.blocks[1].segments]
    assert places(*back.blocks[1].assemble()) == places(*story.blocks[1].assemble())


def test_a_segment_still_initial_can_be_translated_in_the_bilingual_file():
    bilingual = to_xliff([harbour()], "koerier 1")
    out = convert(Xliff2(), bilingual)
    assert b"<source>End</source><target>END</target>" in out
    assert out.count(b"De <sc") == bilingual.count(b"De <sc") == 1
    assert convert(Xliff2(), bilingual, untouched) == bilingual
    assert_valid(out, SCHEMA)


def test_stories_are_written_as_they_pass():
    out = io.BytesIO()
    with BilingualWriter(out, "x") as writer:
        passing = writer.passing(Story(str(n)) for n in range(3))
        next(passing)
        assert out.getvalue().count(b"<file ") == 1
        assert [story.id for story in passing] == ["1", "2"]
    assert etree.fromstring(out.getvalue()).findall("x:file", NS)[2].get("original") == "2"


def test_ids_are_name_tokens_and_stay_apart():
    assert nmtoken("a b/ü.1") == "a_x0020_b_x002F__x00FC_.1"
    block = Block("b", Role.PARAGRAPH, "A", [Tag("b.s1", 0, 1, "<i>", "</i>", "i")])
    block.segments = [Segment("b.s1", "A", tags=list(block.tags))]
    out = to_xliff([Story("s", [block])], "x")
    assert b'<pc id="t-b.s1"' in out
    assert_valid(out, SCHEMA)


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\ufffe", "\ud800"])
def test_what_xml_cannot_hold(character: str):
    block = Block("b", Role.PARAGRAPH, f"A{character}", segments=[Segment("b.s1", f"A{character}")])
    out = to_xliff([Story(f"s{character}", [block], Metadata(agency=character))], character)
    assert etree.fromstring(out).findtext(".//x:source", namespaces=NS) == "A\ufffd"


def shape(part: Segment) -> tuple[str, str, Status, str]:
    return nmtoken(part.id), part.source, part.status, part.target


def places(text: str, tags: list[Tag]) -> tuple[str, list[tuple[str, int, int, bool]]]:
    return text, [(nmtoken(tag.id), tag.start, tag.end, tag.paired) for tag in tags]


WORDS = ["One", "two &", "three.", "Four", "<five>", "six!", "Seven é.", "Eight\u2028nine."]


@st.composite
def blocks(draw) -> Block:
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12)))
    tags: list[Tag] = []

    def nest(low: int, high: int, parent: str | None, depth: int) -> None:
        cursor = low
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.integers(cursor, high))
            end = draw(st.integers(start, high))
            name = str(len(tags) + 1)
            if start == end:
                tags.append(Tag(name, start, start, f'<x n="{name}"/>', "", "img", parent))
            else:
                tags.append(Tag(name, start, end, f"<b n='{name}'>", "</b>", "b", parent))
                if depth:
                    nest(start, end, name, depth - 1)
            cursor = end

    nest(0, len(text), None, 2)
    block = Block("b1", Role.PARAGRAPH, text, tags)
    segment(block, [])
    for part in block.segments:
        if draw(st.booleans()) or len(block.segments) == 1:
            part.settle(f"Zo {part.source}", Origin("engine", "x", -1.0))
            part.status = draw(st.sampled_from([Status.TRANSLATED, Status.REVIEWED, Status.FINAL]))
            part.target_tags = [tag.shifted(3) for tag in part.tags]
    return block


@settings(max_examples=100, deadline=None)
@given(blocks())
def test_segments_tags_and_states_come_back(block: Block):
    out = to_xliff([Story("s", [block])], "koerier 1")
    (back,) = stories(Xliff2(), out)
    (found,) = back.blocks
    assert [shape(part) for part in found.segments] == [shape(part) for part in block.segments]
    if block.segments:
        assert sum(len(part.tags) for part in found.segments) >= len(block.tags)
    if block.translated:
        assert places(*found.assemble()) == places(*block.assemble())


@settings(max_examples=30, deadline=None)
@given(blocks())
def test_always_valid(block: Block):
    assert_valid(to_xliff([Story("s", [block])], "koerier 1"), SCHEMA)
