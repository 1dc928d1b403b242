from __future__ import annotations

import pytest
from bilingual_helpers import HOSTILE, SAMPLES, assert_valid, convert, stories, untouched
from translate.storage.tmx import tmxfile

from koerier.data.formats.base import Options, Source
from koerier.data.formats.tmx import Tmx
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Origin, Status

SAMPLE = (SAMPLES / "tmx" / "memory.tmx").read_bytes()
DTD = "tmx/tmx14.dtd"


def tmx(body: str, srclang: str = "en") -> bytes:
    return (
        '<tmx version="1.4"><header creationtool="x" creationtoolversion="1" segtype="sentence"'
        f' o-tmf="x" adminlang="en" srclang="{srclang}" datatype="x"/><body>{body}</body></tmx>'
    ).encode()


def tu(*variants: tuple[str, str]) -> str:
    inner = (f'<tuv xml:lang="{tag}"><seg>{text}</seg></tuv>' for tag, text in variants)
    return f"<tu>{''.join(inner)}</tu>"


def test_units_in_the_source_language_are_blocks():
    (story,) = stories(Tmx(), SAMPLE)
    assert (story.id, story.source_language) == ("wire", "en-US")
    assert [block.source for block in story.blocks] == [
        "Riders lined up & waited.",
        "It closed in 1984.",
        "Plain one.",
    ]
    assert [tag.kind for tag in story.blocks[0].tags] == ["bpt", "ph"]
    kept = story.blocks[1].segments[0]
    assert (kept.target, kept.status, kept.origin) == (
        "De lijn sloot in 1984.",
        Status.TRANSLATED,
        Origin("copy"),
    )


def test_a_unit_without_a_target_gets_one_and_nothing_else_changes():
    out = convert(Tmx(), SAMPLE).decode()
    assert (
        '\n      <tuv xml:lang="nl" creationtool="Koerier">'
        '<prop type="x-koerier-provenance">koerier 1; test &lt;&amp;&gt;</prop>'
        '<seg>RIDERS <bpt i="1" x="1">&lt;b></bpt>LINED UP<ept i="1">&lt;/b></ept> &amp; WAITED.'
        '<ph x="2">&lt;br/></ph></seg></tuv>\n    </tu>'
    ) in out
    assert out.count('xml:lang="nl"') == 2
    assert out.count("nl-NL") == 1
    lines = out.splitlines()
    assert len([line for line in SAMPLE.decode().splitlines() if line not in lines]) == 1


def test_untranslated_and_written_again():
    assert convert(Tmx(), SAMPLE, untouched) == SAMPLE
    once = convert(Tmx(), SAMPLE)
    assert convert(Tmx(), once) == once


def test_valid_by_the_dtd():
    assert_valid(SAMPLE, DTD)
    assert_valid(convert(Tmx(), SAMPLE), DTD)


def test_translate_toolkit_reads_the_same_targets():
    out = convert(Tmx(), tmx(tu(("en", "One &amp; two.")) + tu(("en", "B"), ("nl", "Bee"))))
    store = tmxfile.parsestring(out, "en", "nl")
    assert [(str(u.source), str(u.target)) for u in store.units] == [
        ("One & two.", "ONE & TWO."),
        ("B", "Bee"),
    ]


def test_any_source_language():
    data = tmx(tu(("en-GB", "One")) + tu(("fr", "Un")), srclang="*all*")
    assert [b.source for b in stories(Tmx(), data)[0].blocks] == ["One"]
    french = Options(source_language="fr")
    assert [b.source for b in stories(Tmx(), data, french)[0].blocks] == ["Un"]


def test_the_exact_language_comes_before_its_relatives():
    data = tmx(tu(("en-GB", "Tram"), ("en", "Streetcar")))
    assert stories(Tmx(), data)[0].blocks[0].source == "Streetcar"


def test_the_deprecated_lang_attribute():
    data = tmx('<tu><tuv lang="en"><seg>A</seg></tuv><tuv lang="nl"><seg>Aa</seg></tuv></tu>')
    assert stories(Tmx(), data)[0].blocks[0].segments[0].target == "Aa"


@pytest.mark.parametrize(("data", "reason"), HOSTILE)
def test_hostile_xml(data: bytes, reason: str):
    with pytest.raises(KoerierError, match=reason):
        stories(Tmx(), data)


def test_a_file_without_units():
    assert convert(Tmx(), tmx("")) == tmx("")


def test_sniffing():
    assert Tmx().sniff(Source("x", content=SAMPLE))
    assert not Tmx().sniff(Source("x", content=b"<tmxx/>"))
