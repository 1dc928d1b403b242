from __future__ import annotations

from pathlib import Path

import pytest

from koerier.models.file_engine import LinesEngine
from koerier.models.registry import EngineOptions, load_engine
from koerier.pipeline.errors import KoerierError

XLIFF = """<xliff version="2.1"
xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="nl">
<file id="f"><unit id="1"><segment><source>Yes, <ph id="1"/>minister.</source>
<target>Ja, <ph id="1"/>minister.</target></segment></unit>
<unit id="2"><segment><source>No.</source><target>Nee.</target></segment></unit>
<unit id="3"><segment><source>No.</source><target>Geen.</target></segment></unit></file></xliff>"""
TMX = """<tmx version="1.4"><header/><body><tu><tuv xml:lang="en-US"><seg>Yes.</seg></tuv>
<tuv xml:lang="nl"><seg>Ja.</seg></tuv></tu></body></tmx>"""


def test_lines_are_handed_out_in_order(tmp_path: Path) -> None:
    path = tmp_path / "mt.nl"
    path.write_bytes("\ufeffEen.\r\nTwee.\r\n\r\nVier.\n".encode())
    engine = load_engine(f"file:{path}", EngineOptions())
    assert isinstance(engine, LinesEngine)
    assert [best[0].text for best in engine.translate(["a", "b"])] == ["Een.", "Twee."]
    with pytest.raises(KoerierError, match="has 4 lines, but the source has 2 segments"):
        engine.finish()
    assert [best[0].text for best in engine.translate(["c", "d"])] == ["", "Vier."]
    engine.finish()
    with pytest.raises(KoerierError, match=r"mt\.nl: has 4 lines, fewer than"):
        engine.translate(["e"])


def test_xliff_and_tmx_are_looked_up_by_source(tmp_path: Path) -> None:
    (tmp_path / "mt.xlf").write_text(XLIFF)
    engine = load_engine(f"file:{tmp_path / 'mt.xlf'}", EngineOptions())
    texts = ["No.", "Yes,  minister.", "No.", "No."]
    found = [best[0].text for best in engine.translate(texts)]
    assert found == ["Nee.", "Ja, minister.", "Geen.", "Geen."]
    with pytest.raises(KoerierError, match="has no translation of 'Maybe'"):
        engine.translate(["Maybe"])
    (tmp_path / "mt.tmx").write_text(TMX)
    engine = load_engine(f"file:{tmp_path / 'mt.tmx'}", EngineOptions())
    assert engine.translate(["Yes."])[0][0].text == "Ja."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mt.xlf", b"<xliff><file>", "not well-formed"),
        ("mt.tmx", b'<!DOCTYPE t [<!ENTITY a "b">]><tmx>&a;</tmx>', "entity"),
        ("mt.nl", b"caf\xe9\n", "not UTF-8"),
    ],
)
def test_bad_files_are_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(KoerierError, match=message) as caught:
        load_engine(f"file:{tmp_path / name}", EngineOptions())
    assert name in str(caught.value)


def test_codes_of_the_native_format_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "mt.xliff").write_text(
        """<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file><body>
        <trans-unit id="1"><source>A <bpt id="1">&lt;b&gt;</bpt>bold<ept id="1">&lt;/b&gt;</ept> and
        <g id="2">free</g> plan</source><target>Een <bpt id="1">&lt;b&gt;</bpt>gedurfd<ept id="1">
        &lt;/b&gt;</ept> en <g id="2">vrij</g> plan</target></trans-unit>
        <trans-unit id="2"><source>No.</source><target/></trans-unit></body></file></xliff>"""
    )
    engine = load_engine(f"file:{tmp_path / 'mt.xliff'}", EngineOptions())
    found = engine.translate(["A bold and free plan"])[0][0].text
    assert found == "Een gedurfd en vrij plan"
    with pytest.raises(KoerierError, match=r"has no translation of 'No\.'"):
        engine.translate(["No."])


def test_a_memory_of_other_languages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mt.tmx").write_text(TMX)
    with pytest.raises(KoerierError, match="holds no translation for these languages"):
        load_engine(f"file:{tmp_path / 'mt.tmx'}", EngineOptions(target_language="de"))
