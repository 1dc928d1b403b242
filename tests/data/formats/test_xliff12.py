from __future__ import annotations

import pytest
from bilingual_helpers import (
    HOSTILE,
    OPTIONS,
    SAMPLES,
    assert_valid,
    convert,
    stories,
    untouched,
    upper,
)
from translate.storage.xliff import xlifffile

from koerier.data.formats.base import Options, Source
from koerier.data.formats.xliff12 import Xliff12
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Finding, Origin, Role, Severity, Status, Story

SAMPLE = (SAMPLES / "xliff" / "cms-1.2.xlf").read_bytes()
STRICT = "xliff/xliff-core-1.2-strict.xsd"


def unit(inner: str, attributes: str = "", file: str = "") -> bytes:
    return (
        '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
        f'<file original="o" source-language="en" datatype="plaintext"{file}><body>'
        f'<trans-unit id="1"{attributes}>{inner}</trans-unit></body></file></xliff>'
    ).encode()


def test_a_file_is_a_story_and_a_unit_a_block():
    (story,) = stories(Xliff12(), SAMPLE)
    assert (story.id, story.source_language, story.target_language) == (
        "urn:wa:harbour-tram",
        "en",
        "nl",
    )
    assert [block.id for block in story.blocks] == ["h", "p1", "p2", "p3", "p4", "p5", "p6"]
    assert story.headline == "Tram line reopens after forty years"
    assert story.blocks[0].role is Role.HEADLINE
    assert not story.blocks[5].translate
    first = story.blocks[1]
    assert first.source == ("PORT ELSEWHERE (WA) — Riders lined up & waited. The mayor spoke.")
    assert [(tag.kind, first.source[tag.start : tag.end]) for tag in first.tags] == [
        ("g", "lined up"),
        ("g", "up"),
        ("br", ""),
        ("bpt", "mayor"),
    ]
    assert first.tags[1].parent == first.tags[0].id
    assert first.segments == []


def test_finished_targets_are_kept():
    (story,) = stories(Xliff12(), SAMPLE)
    final, named = story.blocks[2].segments[0], story.blocks[6].segments[0]
    assert (final.target, final.status) == ("De lijn sloot in 1984.", Status.FINAL)
    assert (named.status, named.origin) == (Status.TRANSLATED, Origin("copy"))
    out = convert(Xliff12(), SAMPLE)
    assert b'<target state="final">De lijn sloot in 1984.</target>' in out
    assert b'<target>Zeg <mrk mtype="protected">Koerier</mrk> nu.</target>' in out
    assert b"<source>WA-7731</source></trans-unit>" in out


def test_only_targets_and_provenance_are_new():
    out = convert(Xliff12(), SAMPLE).decode()
    new = 'state="translated" state-qualifier="leveraged-mt" phase-name="koerier"'
    assert (
        f'\n        <target xml:lang="nl" {new}>TRAM LINE REOPENS AFTER FORTY YEARS</target>' in out
    )
    assert (
        'RIDERS <g id="1" ctype="bold">LINED <g id="2">UP</g></g> &amp; WAITED.'
        '<x id="3" ctype="lb"/> THE <bpt id="4" rid="4">&lt;a href="https://wire.example/"></bpt>'
        'MAYOR<ept id="5" rid="4">&lt;/a></ept> SPOKE.</target>'
    ) in out
    assert (
        'TWO <bx id="1" rid="1"/>BOLD<ex id="2" rid="1"/> WORDS AND <ph id="6">{0}</ph> MORE.'
        in out
    )
    before, after = SAMPLE.decode().splitlines(), out.splitlines()
    kept = [line for line in before if line in after]
    # file, phase group, the two units with a target on their line
    assert len(before) - len(kept) == 4


def test_an_untranslated_file_is_byte_for_byte():
    assert convert(Xliff12(), SAMPLE, untouched) == SAMPLE


def test_writing_again_changes_nothing():
    once = convert(Xliff12(), SAMPLE)
    assert convert(Xliff12(), once) == once


def test_valid_by_the_strict_schema():
    assert_valid(SAMPLE, STRICT)
    assert_valid(convert(Xliff12(), SAMPLE), STRICT)
    assert_valid(convert(Xliff12(), unit("<source>A</source>")), STRICT)


def test_translate_toolkit_reads_the_same_targets():
    out = convert(Xliff12(), SAMPLE)
    (story,) = stories(Xliff12(), out)
    store = xlifffile.parsestring(out)
    theirs = {u.getid().split("\x04")[-1]: str(u.target or "") for u in store.units}
    assert theirs["h"] == "TRAM LINE REOPENS AFTER FORTY YEARS"
    assert theirs["p2"] == "De lijn sloot in 1984."
    ours = {block.id: block.assemble()[0] for block in story.blocks if block.segments}
    for name in ("h", "p2", "p3"):
        assert theirs[name] == ours[name]


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("", False),
        ("<target/>", False),
        ("<target>  </target>", False),
        ('<target state="new">x</target>', False),
        ('<target state="needs-review-translation">x</target>', True),
        ('<target><x id="1"/></target>', True),
    ],
)
def test_which_targets_are_done(target: str, kept: bool):
    data = unit(f"<source>One two</source>{target}")
    assert (convert(Xliff12(), data) == data) is kept


def test_an_approved_unit_stays_even_without_a_target():
    data = unit("<source>One</source>", ' approved="yes"')
    assert convert(Xliff12(), data) == data


def test_a_target_that_a_check_doubts_wants_review():
    def doubted(story: Story) -> Story:
        for segment in upper(story).segments():
            segment.findings.append(Finding("x", "accuracy", Severity.MAJOR, "m"))
        return story

    out = convert(Xliff12(), unit("<source>One</source>"), doubted)
    assert b'state="needs-review-translation"' in out


def test_codes_that_do_not_nest_stay_as_lone_codes():
    source = 'a<bx id="1"/>b<g id="2">c<ex id="1"/>d</g>e<it id="3" pos="open">x</it>'
    (story,) = stories(Xliff12(), unit(f"<source>{source}</source>"))
    assert [(tag.kind, tag.paired) for tag in story.blocks[0].tags] == [
        ("bx", False),
        ("g", True),
        ("ex", False),
        ("it", False),
    ]
    out = convert(Xliff12(), unit(f"<source>{source}</source>")).decode()
    upper_source = 'A<bx id="1"/>B<g id="2">C<ex id="1"/>D</g>E<it id="3" pos="open">x</it>'
    assert f">{upper_source}</target>" in out


def test_white_space_collapses_unless_preserved_and_edges_stay():
    data = unit("<source>\n  One\n  two </source>")
    assert b">\n  ONE TWO </target>" in convert(Xliff12(), data)
    data = unit("<source> One\n  two </source>", ' xml:space="preserve"')
    assert b"> ONE\n  TWO </target>" in convert(Xliff12(), data)


def test_a_prefixed_namespace():
    data = (
        b'<x:xliff version="1.2" xmlns:x="urn:oasis:names:tc:xliff:document:1.2"><x:file '
        b'original="o" source-language="en" datatype="html"><x:body><x:trans-unit id="1">'
        b"<x:source>A</x:source></x:trans-unit></x:body></x:file></x:xliff>"
    )
    assert b"<x:target xml:lang=" in convert(Xliff12(), data)
    assert b">A</x:target>" in convert(Xliff12(), data)
    assert_valid(convert(Xliff12(), data), STRICT)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_other_encodings(encoding: str):
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    data = (declared + unit("<source>café</source>").decode()).encode(encoding)

    def dashed(story: Story) -> Story:
        upper(story).blocks[0].segments[0].target = "CAFÉ → ĳ"
        return story

    out = convert(Xliff12(), data, dashed)
    assert convert(Xliff12(), data, untouched) == data
    expected = "CAFÉ → ĳ" if encoding == "utf-16" else "CAFÉ &#8594; &#307;"
    assert expected in out.decode(encoding)
    assert stories(Xliff12(), out)[0].blocks[0].segments[0].target == "CAFÉ → ĳ"


def test_another_target_language_is_refused_and_a_region_kept():
    data = unit("<source>A</source>", file=' target-language="de"')
    with pytest.raises(KoerierError, match="asks for target language 'de', not 'nl'"):
        stories(Xliff12(), data)
    flemish = unit("<source>A</source>", file=' target-language="nl-BE"')
    assert b'<target xml:lang="nl-BE"' in convert(Xliff12(), flemish)


@pytest.mark.parametrize(("data", "reason"), HOSTILE)
def test_hostile_xml(data: bytes, reason: str):
    with pytest.raises(KoerierError, match=reason) as caught:
        stories(Xliff12(), data)
    assert str(caught.value).startswith("wire.xlf: ")


def test_a_unit_without_a_source_is_named():
    with pytest.raises(KoerierError, match="trans-unit 1: has no <source>"):
        stories(Xliff12(), unit("<note>x</note>"))


def test_sniffing():
    assert Xliff12().sniff(Source("x", content=SAMPLE))
    assert Xliff12().sniff(Source("x", content=b'<xliff version="1.0"><file/></xliff>'))
    assert not Xliff12().sniff(Source("x", content=b"<html/>"))
    two = (SAMPLES / "xliff" / "cms-2.1.xlf").read_bytes()
    assert not Xliff12().sniff(Source("x", content=two))


def test_source_language_comes_from_the_file():
    assert OPTIONS.source_language == "en"
    options = Options(source_language="de")
    assert stories(Xliff12(), SAMPLE, options)[0].source_language == "en"


def test_segment_markers_of_another_tool_come_along():
    marked = '<mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="2">Two.</mrk>'
    data = unit(f"<source>One. Two.</source><seg-source>{marked}</seg-source>")
    out = convert(Xliff12(), data)
    target = marked.replace("One", "ONE").replace("Two", "TWO")
    assert f">{target}</target>".encode() in out
    assert b'</seg-source><target xml:lang="nl"' in out
    assert_valid(out, STRICT)


def test_a_hostile_prolog_does_not_hang_the_sniffer():
    for prolog in (b"<!---->", b"<?a?>", b"<!DOCTYPE a [] >", b"<!DOCTYPE a [<!---->", b" "):
        assert not Xliff12().sniff(Source("x", content=prolog * 1000))
    assert Xliff12().sniff(Source("x", content=b"\n<!-- a --><!-- b -->" + SAMPLE[38:]))


def test_many_codes_with_one_id_stay_apart():
    codes = '<x id="1"/>' * 5000
    (story,) = stories(Xliff12(), unit(f"<source>a{codes}</source>"))
    assert len({tag.id for tag in story.blocks[0].tags}) == 5000
