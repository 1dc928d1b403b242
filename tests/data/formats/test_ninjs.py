from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from markup_helpers import SAMPLES, convert, shape, stories

from koerier.data.formats.base import Options, Source
from koerier.data.formats.ninjs import RELATION_CONCEPT, Ninjs
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Role

FILES = sorted((SAMPLES / "ninjs").iterdir())
FIRST = (SAMPLES / "ninjs" / "story-1.json").read_bytes()
SECOND = (SAMPLES / "ninjs" / "story-2.json").read_bytes()
FEED = (SAMPLES / "ninjs" / "feed-3.json").read_bytes()
LEAD = "THE HAGUE (WA) — A giant flood barrier protected a city."
PROVENANCE = "koerier 0.1; test & co"


def test_version_1_is_a_story():
    (story,) = stories(Ninjs(), FIRST)
    assert story.id == "urn:newsml:wire.example:20240514:wa0001"
    assert story.source_language == "en-US"
    metadata = story.metadata
    assert (metadata.agency, metadata.byline) == ("Wire Agency", "By MARIJKE ALDERING")
    assert (metadata.dateline, metadata.urgency, metadata.version) == ("The Hague", "4", "3")
    assert [(block.id, block.role, block.source) for block in story.blocks] == [
        ("headline", Role.HEADLINE, "Flood barrier holds as storm batters coast"),
        ("headline_short.b1", Role.HEADLINE, "Barrier holds & saves a city"),
        ("title", Role.HEADLINE, "Flood barrier"),
        ("byline", Role.BYLINE, "By MARIJKE ALDERING"),
        ("description_text.b1", Role.PARAGRAPH, "A giant barrier closed at 3 a.m."),
        (
            "body_html.b1",
            Role.PARAGRAPH,
            LEAD,
        ),
        ("body_html.b2", Role.PARAGRAPH, "Damage could reach $5 billion."),
        (
            "body_text.b1",
            Role.PARAGRAPH,
            LEAD,
        ),
        ("body_text.b2", Role.PARAGRAPH, "Damage could reach $5 billion."),
        ("associations/featured/headline", Role.HEADLINE, "The barrier"),
        (
            "associations/featured/description_text",
            Role.CAPTION,
            "Waves break over a sea wall. (WA Photo/Tom Bakker)",
        ),
        ("associations/featured/description_creditline", Role.CREDIT, "Tom Bakker / WA"),
    ]
    assert [tag.open for tag in story.blocks[5].tags] == [
        '<a href="https://wire.example/x?a=1&amp;b=2">'
    ]


def test_version_2_and_3_name_texts_in_arrays():
    (story,) = stories(Ninjs(), SECOND)
    assert [(block.id, block.role, block.source) for block in story.blocks] == [
        ("headlines/0/value", Role.HEADLINE, "Café reopens"),
        ("by", Role.BYLINE, "Anna de Wit"),
        ("descriptions/0/value.b1", Role.PARAGRAPH, "A café is back."),
        ("bodies/0/value.b1", Role.PARAGRAPH, "ZÜRICH (WA) — The café closed in 1984."),
        ("associations/0/descriptions/0/value", Role.CAPTION, "A café."),
        ("associations/0/descriptions/1/value", Role.CREDIT, "Tom Bakker"),
    ]
    first, second = stories(Ninjs(), FEED)
    assert [block.source for block in first.blocks] == [
        "Tram line reopens",
        "PORT ELSEWHERE (WA) — The tram is back.",
        "By Jan Novak",
    ]
    assert first.metadata.embargo == "2024-05-14T13:00:00Z"
    assert second.source_language == "nl"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_untranslated_file_keeps_its_bytes(path):
    data = path.read_bytes()
    assert convert(Ninjs(), data, untouched=True) == data


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_translated_file_has_the_same_shape(path):
    data = path.read_bytes()
    before, after = (stories(Ninjs(), one) for one in (data, convert(Ninjs(), data)))
    assert [story.id for story in after] == [story.id for story in before]
    assert [shape(story.blocks) for story in after] == [shape(story.blocks) for story in before]
    assert {story.source_language for story in after} == {"nl"}


def test_version_1_only_texts_language_and_provenance_change():
    out = convert(Ninjs(), FIRST)
    assert out.isascii(), "the file escapes all but ASCII, so its translation does"
    old, new = json.loads(FIRST), json.loads(out)
    assert new["language"] == new["associations"]["featured"]["language"] == "nl"
    assert new["headline_short"] == "BARRIER HOLDS &amp; SAVES A CITY"
    assert new["body_html"] == (
        '<p>THE HAGUE (WA) — A GIANT FLOOD BARRIER <a href="https://wire.example/x?a=1&amp;b=2">'
        "PROTECTED</a> A CITY.</p>\r\n<p>DAMAGE COULD REACH $5 BILLION.</p>"
    )
    assert new["body_text"] == old["body_text"].upper()
    assert b'<a href=\\"https:\\/\\/wire.example\\/x' in out
    assert new["associations"].pop("translatedFrom") == {"uri": old["uri"], "language": "en-US"}
    assert new["infosource"] == [{"name": PROVENANCE, "rel": "translator"}]
    for name in ("uri", "slugline", "ednote", "copyrightnotice", "body_nitf", "located", "urgency"):
        assert new[name] == old[name]
    assert new["associations"]["spanish"] == old["associations"]["spanish"]
    picture = new["associations"]["featured"]
    assert picture["renditions"] == old["associations"]["featured"]["renditions"]
    same = [line for line in FIRST.splitlines() if line in out.splitlines()]
    assert len(same) > 15


def test_version_2_stays_compact():
    out = convert(Ninjs(), SECOND).decode()
    assert '"headlines":[{"role":"main","value":"CAFÉ REOPENS"},{"role":"slug",' in out
    assert '<html lang=\\"nl\\"><body><p>ZÜRICH (WA) — THE CAFÉ <b>CLOSED</b>' in out
    assert '"contenttype":"application/xml","value":"<x>The café</x>"' in out
    new = json.loads(out)
    assert new["associations"][1] == {
        "name": "translatedFrom",
        "uri": "urn:newsml:wire.example:20240514:wa0011",
        "language": "en",
    }
    assert new["infosources"] == [{"name": "WA"}, {"name": PROVENANCE, "role": "translator"}]


def test_each_story_of_a_feed_is_written_in_its_place():
    document = Ninjs().open(Source("feed.json", content=FEED), Options(provenance="x"))
    first, second = document.stories()
    assert (first.id[-1], second.id[-1]) == ("1", "2")
    out = json.loads(convert(Ninjs(), FEED))
    item = out["items"][0]["item"]
    assert item["bodies"][0]["value"].startswith(
        "PORT ELSEWHERE (WA) — THE TRAM IS BACK.\n\n___\n\nBY"
    )
    assert item["associations"] == [
        {
            "name": "translatedFrom",
            "uri": "urn:newsml:wire.example:20240514:wa0021",
            "language": "en",
            "rel": RELATION_CONCEPT,
        }
    ]
    assert item["infoSources"] == [{"name": PROVENANCE, "role": "translator"}]


@pytest.mark.parametrize(
    ("data", "headlines"),
    [
        (b'[{"uri":"a","headline":"One"},{"uri":"b","headline":"Two"}]', ["One", "Two"]),
        (b'{"_items":[{"uri":"a","headline":"One"}],"_meta":{"title":"x"}}', ["One"]),
        (b'{"headline":"old","uri":"a","headline":"new"}', ["new"]),
        (b'{"uri":"a","type":"text"}', [None]),
        ('{"uri":"a","headline":"One"}'.encode("utf-16"), ["One"]),
        (b'\xef\xbb\xbf{"uri":"a","headline":"One"}', ["One"]),
    ],
)
def test_what_holds_news_objects(data, headlines):
    assert [story.headline for story in stories(Ninjs(), data)] == headlines
    assert convert(Ninjs(), data, untouched=True) == data


def test_a_language_is_added_where_there_is_none():
    out = convert(Ninjs(), b'{"uri": "a", "headline": "x"}')
    assert out == (
        b'{"uri": "a", "headline": "X", "language": "nl", '
        b'"associations": {"translatedFrom": {"uri": "a", "language": "en"}}}'
    )


def test_an_object_without_uri_is_named_after_the_file():
    (story,) = stories(Ninjs(), b'{"headline": "x", "body_text": "y"}', "dir/flood.json")
    assert story.id == "flood-1"
    assert b"translatedFrom" not in convert(Ninjs(), b'{"headline": "x"}')


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ('"body_main": "<p>a</p><p>b</p>"', ["a", "b"]),
        ('"body_main": "a < b\\n\\nc"', ["a < b", "c"]),
        ('"body_text": "a <b>b</b>"', ["a <b>b</b>"]),
        ('"body_xhtml": "<p>a<br/>b</p>"', ["a b"]),
        ('"bodies": [{"value": "x", "contenttype": "text/html; charset=utf-8"}]', ["x"]),
        ('"bodies": [{"value": "x", "contenttype": "application/nitf+xml"}]', []),
        ('"bodies": [{"value": 1}, 2, {}, null]', []),
        ('"headline": null, "body_text": ["x"], "associations": null', []),
        ('"body_html": "", "body_text": " "', []),
        ('"associations": {"a": null, "b": [{"headline": "deep"}], "c": "x"}', ["deep"]),
        ('"headline": "a\\ud800b\\u0000c"', ["a\ufffdb c"]),
    ],
)
def test_texts_and_what_is_none(members, expected):
    data = f'{{"uri": "a", "type": "text", {members}}}'.encode()
    (story,) = stories(Ninjs(), data)
    assert [block.source for block in story.blocks] == expected
    assert convert(Ninjs(), data, untouched=True) == data
    json.loads(convert(Ninjs(), data))


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        *((path.name, path.read_bytes(), True) for path in FILES),
        ("x.jsonl", SECOND, False),
        ("x", b'{"uri": "a", "headline": "x"}\n{"uri": "b", "headline": "y"}\n', False),
        ("x", b'{"name": "koerier", "description": "x"}', False),
        ("x", b'text "uri": "headline":', False),
        ("x", b"", False),
        ("x", b"\xff\xfe{", False),
    ],
)
def test_sniffing(name, data, expected):
    assert Ninjs().sniff(Source(name, content=data)) is expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"uri": "a",\n "headline": }', r"line 2, column 14: not well-formed JSON"),
        (b"[" * 100_000, r"nested more than"),
        (b'{"a": 1}', r"no ninjs news object"),
        (b'"text"', r"no ninjs news object"),
        (b"", r"line 1, column 1"),
    ],
)
def test_malformed_files_are_an_error_with_the_place(data, message):
    with pytest.raises(KoerierError, match=rf"^x\.json: .*{message}"):
        Ninjs().open(Source("x.json", content=data), Options())


def test_deeply_nested_associations_are_read():
    data = b'{"uri":"a","associations":{"a":' * 200 + b'{"headline":"x"}' + b"}}" * 200
    (story,) = stories(Ninjs(), data)
    assert [block.source for block in story.blocks] == ["x"]


@pytest.mark.parametrize("path", [*FILES, None], ids=lambda path: path.name if path else "examples")
def test_translations_are_valid_ninjs(path):
    """Against the schemas of IPTC, and of their examples those that were valid themselves."""
    folder = os.environ.get("KOERIER_SCHEMAS")
    if folder is None:
        pytest.skip("KOERIER_SCHEMAS names no folder")
    paths = [path] if path else sorted((Path(folder) / "ninjs" / "examples").glob("*.json"))
    checked = 0
    for one in paths:
        try:
            out = json.loads(convert(Ninjs(), one.read_bytes()))
            old = json.loads(one.read_bytes())
        except (KoerierError, ValueError):
            continue
        for before, after in zip(_objects(old), _objects(out), strict=True):
            validator = _validator(Path(folder) / "ninjs", before)
            if validator is not None and validator.is_valid(before):
                validator.validate(after)
                checked += 1
    assert checked


def _objects(value):
    if isinstance(value, list):
        return value
    return [one["item"] for one in value["items"]] if "items" in value else [value]


def _validator(folder, news_object):
    jsonschema = pytest.importorskip("jsonschema")
    standard = news_object.get("standard") or news_object.get("$standard") or {}
    version = standard.get("version", "2.2" if "headlines" in news_object else "1.6")
    path = folder / f"ninjs-schema_{version}.json"
    if not path.exists():
        return None
    schema = json.loads(path.read_bytes())
    return jsonschema.validators.validator_for(schema)(schema, registry=_registry(folder))


def _registry(folder):
    from referencing import Registry
    from referencing.jsonschema import DRAFT7

    geography = json.loads((folder / "GeoJSON-schema.json").read_bytes())
    return Registry().with_resource(
        "https://geojson.org/schema/GeoJSON.json", DRAFT7.create_resource(geography)
    )
