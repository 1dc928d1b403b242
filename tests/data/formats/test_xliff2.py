from __future__ import annotations

import pytest
from bilingual_helpers import (
    HOSTILE,
    SAMPLES,
    assert_valid,
    convert,
    states,
    stories,
    untouched,
    upper,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from translate.storage.xliff2 import Xliff2File

from koerier.data.formats.base import Source
from koerier.data.formats.xliff2 import Xliff2
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Origin, Status, Story

SAMPLE = (SAMPLES / "xliff" / "cms-2.1.xlf").read_bytes()
SCHEMA = "xliff2.1/xliff_core_2.0.xsd"
METADATA = "xliff2.1/metadata.xsd"
NS = {"x": "urn:oasis:names:tc:xliff:document:2.0", "m": "urn:oasis:names:tc:xliff:metadata:2.0"}


def unit(inner: str, root: str = "", attributes: str = "") -> bytes:
    return (
        f'<xliff version="2.0" srcLang="en" xmlns="urn:oasis:names:tc:xliff:document:2.0"{root}>'
        f'<file id="f"><unit id="u"{attributes}>{inner}</unit></file></xliff>'
    ).encode()


def segment(source: str) -> str:
    return f"<segment><source>{source}</source></segment>"


def test_segments_of_the_file_are_respected():
    (story,) = stories(Xliff2(), SAMPLE)
    headline, body, code, named = story.blocks
    assert headline.segments == []
    assert body.source == "It was closed in 1984. Riders lined up.The mayor spoke."
    assert [(s.id, s.source, s.status) for s in body.segments] == [
        ("s1", "It was closed in 1984.", Status.REVIEWED),
        ("s2", "Riders lined up.", Status.INITIAL),
        ("s3", "The mayor spoke.", Status.INITIAL),
    ]
    first = body.segments[0]
    assert (first.target, first.origin) == ("De lijn sloot in 1984.", Origin("copy"))
    assert first.target[first.target_tags[0].start : first.target_tags[0].end] == "sloot"
    assert [body.source[s.start : s.end] for s in body.segments] == [
        s.source for s in body.segments
    ]
    assert not code.translate
    assert named.source == "Say  now. And then again."


def test_a_span_over_segments_opens_and_closes_once():
    (story,) = stories(Xliff2(), SAMPLE)
    body = story.blocks[1]
    assert [(t.id, body.source[t.start : t.end]) for t in body.tags] == [
        ("1", "closed"),
        ("2", "lined up.The mayor"),
        ("3", ""),
    ]
    out = convert(Xliff2(), SAMPLE).decode()
    assert '<target>RIDERS <sc id="2" dataRef="d1"/>LINED UP.</target>' in out
    assert '<target>THE MAYOR<ec startRef="2" dataRef="d2"/> SPOKE.</target>' in out


def test_only_targets_states_and_provenance_are_new():
    out = convert(Xliff2(), SAMPLE)
    root = etree.fromstring(out)
    assert root.get("trgLang") == "nl"
    assert root.findtext(".//m:meta", namespaces=NS) == "koerier 1; test <&>"
    found = [(s.get("state"), s.get("subState")) for s in root.iterfind(".//x:segment", NS)]
    new = ("translated", "koerier:engine")
    assert found == [new, ("reviewed", "wa:checked"), new, new, (None, None), new]
    kept = [line for line in SAMPLE.splitlines() if line in out.splitlines()]
    # root, three segments, the old target of s3, the unit on one line
    assert len(SAMPLE.splitlines()) - len(kept) == 6


def test_an_untranslated_file_is_byte_for_byte():
    assert convert(Xliff2(), SAMPLE, untouched) == SAMPLE


def test_writing_again_changes_nothing():
    once = convert(Xliff2(), SAMPLE)
    assert convert(Xliff2(), once) == once


def test_provenance_joins_metadata_that_is_there():
    data = unit(segment("A")).replace(
        b"<unit",
        b'<q:metadata xmlns:q="urn:oasis:names:tc:xliff:metadata:2.0"><q:metaGroup>'
        b'<q:meta type="a">b</q:meta></q:metaGroup></q:metadata><unit',
    )
    out = convert(Xliff2(), data)
    assert b'<q:metaGroup category="koerier"><q:meta type="provenance">koerier 1' in out
    assert out.count(b":metadata xmlns") == 1
    assert_valid(out, SCHEMA)


def test_valid_by_the_schema():
    assert_valid(SAMPLE, SCHEMA)
    out = convert(Xliff2(), SAMPLE)
    assert_valid(out, SCHEMA)
    metadata = etree.fromstring(out).find(".//m:metadata", NS)
    assert_valid(etree.tostring(metadata, with_tail=False), METADATA)


def test_translate_toolkit_reads_the_same_targets():
    out = convert(Xliff2(), SAMPLE)
    store = Xliff2File.parsestring(out)
    theirs = [str(unit.target or "") for unit in store.units if unit.istranslatable()]
    (story,) = stories(Xliff2(), out)
    ours = [segment.target for segment in story.segments()]
    assert ours[0] == "TRAM LINE REOPENS AFTER FORTY YEARS"
    assert theirs[0] == ours[0]


def test_a_unit_of_one_segment_is_left_to_the_sentence_splitter():
    data = unit(segment("One. Two."))
    assert stories(Xliff2(), data)[0].blocks[0].segments == []
    assert b"<target>ONE. TWO.</target>" in convert(Xliff2(), data)


def test_a_half_translated_unit_of_many_segments_keeps_the_rest():
    def first_only(story: Story) -> Story:
        done = story.blocks[0].segments[0]
        done.settle("EEN.", Origin("engine", "x"))
        return story

    data = unit(segment("One.") + "<ignorable><source> </source></ignorable>" + segment("Two."))
    out = convert(Xliff2(), data, first_only)
    assert out.count(b"<target>") == 1
    (story,) = stories(Xliff2(), out)
    assert states(story) == [Status.TRANSLATED, Status.INITIAL]


def test_a_placeholder_keeps_the_space_on_both_sides():
    def one_space(story: Story) -> Story:
        done = upper(story).blocks[0].segments[0]
        done.target = "HELLO NOW"
        done.target_tags[0].start = done.target_tags[0].end = 6
        return story

    out = convert(Xliff2(), unit(segment('Hello <ph id="1"/> now')), one_space)
    assert b'<target>HELLO <ph id="1"/> NOW</target>' in out


def test_no_letters_need_no_engine():
    data = unit(segment("One.") + segment("1984"))
    (story,) = stories(Xliff2(), data)
    assert [s.target for s in story.segments()] == ["", "1984"]


@pytest.mark.parametrize(("data", "reason"), HOSTILE)
def test_hostile_xml(data: bytes, reason: str):
    with pytest.raises(KoerierError, match=reason):
        stories(Xliff2(), data)


@pytest.mark.parametrize(
    "inner", ["", "<segment/>", "<segment><target>x</target></segment>", "<notes/>"]
)
def test_a_unit_without_segments_or_source_is_named(inner: str):
    with pytest.raises(KoerierError, match="unit u: "):
        stories(Xliff2(), unit(inner))


def test_another_target_language_is_refused():
    with pytest.raises(KoerierError, match="asks for target language 'fr'"):
        stories(Xliff2(), unit(segment("A"), root=' trgLang="fr"'))


def test_sniffing():
    assert Xliff2().sniff(Source("x", content=SAMPLE))
    one = (SAMPLES / "xliff" / "cms-1.2.xlf").read_bytes()
    assert not Xliff2().sniff(Source("x", content=one))


words = st.text("ab é<&>\u2028", max_size=5)


@st.composite
def markup(draw, depth: int = 2, counter: list[int] | None = None) -> str:
    """Well-formed inline content: text, lone, paired and spanning codes."""
    counter = [0] if counter is None else counter
    pieces = []
    for _ in range(draw(st.integers(0, 3))):
        pieces.append(draw(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        counter[0] += 1
        number = counter[0]
        kind = draw(st.sampled_from(["ph", "pc", "sc", "none", "comment"]))
        inner = draw(markup(depth - 1, counter)) if depth and kind in ("pc", "sc") else "x"
        pieces.append(
            {
                "ph": f'<ph id="{number}" disp="&gt;"/>',
                "pc": f"<pc  id='{number}'>{inner}</pc>",
                "sc": f'<sc id="{number}"/>{inner}<ec startRef="{number}" />',
                "comment": "<!-- <x> -->",
                "none": "",
            }[kind]
        )
    return "".join(pieces)


@settings(max_examples=100, deadline=None)
@given(st.lists(markup(), min_size=1, max_size=3))
def test_the_same_text_and_tags_come_back(sources: list[str]):
    data = unit("".join(map(segment, sources)), attributes=' xml:space="preserve"')

    def copied(story: Story) -> Story:
        return upper(story)

    out = convert(Xliff2(), data, copied)
    root = etree.fromstring(out)
    for part in root.iterfind(".//x:segment", NS):
        source, target = part.find("x:source", NS), part.find("x:target", NS)
        if target is not None:
            shape = [(e.tag, dict(getattr(e, "attrib", {}))) for e in source.iter()][1:]
            assert [(e.tag, dict(getattr(e, "attrib", {}))) for e in target.iter()][1:] == shape
            assert "".join(target.itertext()) == "".join(source.itertext()).upper()
