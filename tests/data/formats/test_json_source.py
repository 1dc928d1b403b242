from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from koerier.data.formats.json_source import DEPTH_LIMIT, JsonEditor, JsonNode, JsonSource
from koerier.pipeline.errors import KoerierError


def edited(text: str, **values: str) -> str:
    source = JsonSource(text)
    editor = JsonEditor(source)
    for name, value in values.items():
        node = source.root.get(name)
        assert node is not None
        editor.replace(node, value)
    return editor.render()


def test_only_the_string_changes():
    text = '{ "a" : 1.10e+400,\r\n"a":\t"old", "b":[true ,null],"n":12345678901234567890123 }\n'
    assert edited(text, a="new") == text.replace('"old"', '"new"')


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        (r'{"a": "caf\u00e9"}', "één \u2028😀", r'{"a": "\u00e9\u00e9n \u2028\ud83d\ude00"}'),
        (r'{"a": "plain"}', "één", '{"a": "één"}'),
        ('{"a": "é"}', 'é "q" \\ \n\x01\ud800', '{"a": "é \\"q\\" \\\\ \\n\\u0001\\ud800"}'),
        (r'{"a": "\/p"}', "</p>", r'{"a": "<\/p>"}'),
        (r'{"a": "/p\/"}', "</p>", '{"a": "</p>"}'),
        (r'{"a": "\u003cp\u003e"}', "<b>/&", r'{"a": "\u003cb\u003e/&"}'),
    ],
)
def test_strings_are_escaped_the_way_the_text_does(text, value, written):
    assert edited(text, a=value) == written
    assert json.loads(written)["a"] == value


def test_ascii_only():
    assert JsonSource("{}", ascii_only=True).quote("é") == r'"\u00e9"'


def test_paths_and_duplicate_names():
    root = JsonSource('{"a/b": [{"~": 1}, "x"], "d": "1", "d": "2"}').root
    (first, second), last = root.get("a/b").items, root.get("d")
    assert (first.path, second.path) == ("/a~1b/0", "/a~1b/1")
    assert first.get("~").path == "/a~1b/0/~0"
    assert last.value == "2"
    assert [node.path for node in root] == ["/a~1b", "/d"]
    assert root.string("none", "d") == "2"
    assert root.string("a/b") is None


def inserted(text: str) -> str:
    source = JsonSource(text)
    editor = JsonEditor(source)
    editor.insert_member(source.root, "z", "[1]")
    for node in source.root:
        if node.kind == "array":
            editor.insert_item(node, '"new"')
    return editor.render()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", '{"z": [1]}'),
        ('{"a":1}', '{"a":1,"z":[1]}'),
        ('{\n  "a" : 1,\n  "b" : []\n}', '{\n  "a" : 1,\n  "b" : ["new"],\n  "z" : [1]\n}'),
        ('{"a": [1, 2]}', '{"a": [1, 2, "new"],"z": [1]}'),
        ('{\n\t"a": [\n\t\t1\n\t]\n}', '{\n\t"a": [\n\t\t1,\n\t\t"new"\n\t],\n\t"z": [1]\n}'),
    ],
)
def test_members_and_items_are_laid_out_like_their_siblings(text, expected):
    assert inserted(text) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("{", "line 1, column 2"),
        ('{"a":1,}', "line 1, column 8"),
        ('{"a" 1}', "line 1, column 6"),
        ('{"a":1 "b":2}', "line 1, column 8"),
        ("[1,\n 2,\n x]", "line 3, column 2"),
        ("[01]", "line 1, column 3"),
        ("[NaN]", "line 1, column 2"),
        ('["\n"]', "line 1, column 3"),
        ('["\\x"]', "line 1, column 3"),
        ('["unclosed]', "line 1, column 2"),
        ("[] []", "line 1, column 4"),
        ("['a']", "line 1, column 2"),
        ("[" * (DEPTH_LIMIT + 1), f"line 1, column {DEPTH_LIMIT + 1}"),
    ],
)
def test_malformed_text_is_an_error_with_its_place(text, place):
    with pytest.raises(KoerierError, match="not well-formed JSON") as caught:
        JsonSource(text)
    assert caught.value.place == place
    with pytest.raises((ValueError, RecursionError)):
        json.loads(text, parse_constant=lambda word: int(word))


def test_what_looks_deep_but_is_not():
    text = "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT
    assert JsonSource(text).root.end == len(text)
    assert len(JsonSource("[" + "[]," * 100_000 + "[]]").root.items) == 100_001


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def shouted(value: object) -> object:
    if isinstance(value, str):
        return value.upper()
    if isinstance(value, list):
        return [shouted(one) for one in value]
    if isinstance(value, dict):
        return {name: shouted(one) for name, one in value.items()}
    return value


@settings(max_examples=100, deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 0, 2]))
def test_any_json_is_read_and_its_strings_replaced(value, ascii_, indent):
    text = json.dumps(value, ensure_ascii=ascii_, indent=indent)
    source = JsonSource(text)
    assert JsonEditor(source).render() == text
    editor = JsonEditor(source)
    waiting: list[JsonNode] = [source.root]
    while waiting:
        node = waiting.pop()
        if node.kind == "string":
            editor.replace(node, node.value.upper())
        waiting += list(node)
    assert json.loads(editor.render()) == shouted(value)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='[]{},:"\\ntu1e-. \n', max_size=30))
def test_any_text_is_read_as_the_standard_library_does(text):
    try:
        json.loads(text)
    except ValueError:
        with pytest.raises(KoerierError):
            JsonSource(text)
    else:
        assert JsonSource(text).root.start == len(text) - len(text.lstrip(" \n"))
