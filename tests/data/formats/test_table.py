from __future__ import annotations

import codecs
import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from koerier.data.formats.base import Options, Source
from koerier.data.formats.columns import Layout
from koerier.data.formats.hub import HubDocument
from koerier.data.formats.plain_blocks import PlainBlocks
from koerier.data.formats.registry import BUILT_IN
from koerier.data.formats.table import Csv, Jsonl, Parquet
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Origin, Outcome, Role, Segment, Story

OPTIONS = Options(provenance="koerier 1; test")


def dutch(story: Story) -> Story:
    """A translation that shows: every word in front of it gets a mark."""
    for block in story.blocks:
        segment = Segment(f"{block.id}.s1", block.source)
        segment.settle("NL " + block.source, Origin("engine", "test"))
        block.segments = [segment]
    story.outcome = Outcome.TRANSLATED
    return story


def convert(format_, name: str, data: bytes, options: Options = OPTIONS, change=dutch) -> bytes:
    document = format_.open(Source(name, content=data), options)
    out = io.BytesIO()
    document.write((change(story) for story in document.stories()), out)
    return out.getvalue()


def stories(format_, name: str, data: bytes, options: Options = OPTIONS) -> list[Story]:
    return list(format_.open(Source(name, content=data), options).stories())


# JSON Lines


def test_jsonl_changes_only_the_text_and_the_language():
    row = (
        b'{ "n": 1.50, "id":"wa-1",\t"headline": "Dam holds", "text":'
        b'"One.\\n\\nTwo \\u2014 caf\xc3\xa9.", "language": "en", "x": [1, {"text": "no"}] }\r\n'
    )
    assert convert(Jsonl(), "a.jsonl", row) == (
        b'{ "n": 1.50, "id":"wa-1",\t"headline": "NL Dam holds", "text":"NL One.\\n\\n'
        b'NL Two \xe2\x80\x94 caf\xc3\xa9.", "language": "nl", "x": [1, {"text": "no"}] }\r\n'
    )


def test_jsonl_keeps_blank_lines_bom_and_a_missing_last_newline():
    data = codecs.BOM_UTF8 + b'{"text":"A"}\n\n \n{"text":null}\n{"other":1}\n{"text":"B"}'
    assert convert(Jsonl(), "a.jsonl", data) == (
        codecs.BOM_UTF8 + b'{"text":"NL A"}\n\n \n{"text":null}\n{"other":1}\n{"text":"NL B"}'
    )


def test_jsonl_stays_ascii_where_it_was():
    assert convert(Jsonl(), "a.jsonl", b'{"text":"caf\\u00e9"}\n') == b'{"text":"NL caf\\u00e9"}\n'


def test_jsonl_lone_surrogate_does_not_reach_the_engine():
    (story,) = stories(Jsonl(), "a.jsonl", b'{"text":"a \\ud800 b"}\n')
    assert story.blocks[0].source == "a \ufffd b"


def test_untranslated_rows_stay_byte_for_byte():
    data = b'{"id": 7, "text": "A \\/ b",   "lang":"nl"}\n'
    assert convert(Jsonl(), "a.jsonl", data, change=lambda story: story) == data


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "a"', "JSON object"),
        (b'["text"]', "JSON object"),
        (b'{"text": "a"} x', "JSON object"),
        (b'{1: "a"}', "JSON object"),
        (b'{"text": "\xff"}', "UTF-8"),
        (b'{"text": ' + b"[" * 100_000, "JSON object"),
        (b'{"text": ' + b"9" * 5_000 + b"}", "JSON object"),
    ],
)
def test_a_broken_row_names_file_and_line(line: bytes, reason: str):
    with pytest.raises(KoerierError, match=reason) as caught:
        stories(Jsonl(), "wire.jsonl", b'{"text":"ok"}\n\n' + line + b"\n")
    assert str(caught.value).startswith("wire.jsonl: line 3: ")


def test_stories_have_ids_roles_and_languages():
    data = (
        b'{"guid":"wa-1","title":"H","body":"P1\\nP2","caption":"C","lang":"en_US"}\n'
        b'{"title":"H2","lang":"English"}\n'
    )
    first, second = stories(Jsonl(), "wire.jsonl", data)
    assert (first.id, second.id) == ("wa-1", "wire-2")
    assert (first.source_language, second.source_language) == ("en-US", "en")
    assert [(block.role, block.source) for block in first.blocks] == [
        (Role.HEADLINE, "H"),
        (Role.PARAGRAPH, "P1"),
        (Role.PARAGRAPH, "P2"),
        (Role.CAPTION, "C"),
    ]
    assert convert(Jsonl(), "a.jsonl", data).splitlines()[1] == (
        b'{"title":"NL H2","lang":"English"}'
    )


def test_a_missing_column_names_those_there_are():
    with pytest.raises(KoerierError, match=r"no column 'story' \(there are: a, b\)"):
        stories(Jsonl(), "w.jsonl", b'{"a":1,"b":2}\n', Options(columns={"text": "story"}))
    with pytest.raises(KoerierError, match=r"no column with text found \(there are: a, b\)"):
        stories(Csv(), "w.csv", b"a,b\n1,2\n")
    with pytest.raises(KoerierError, match="unknown column role 'txt'"):
        stories(Csv(), "w.csv", b"a,b\n1,2\n", Options(columns={"txt": "a"}))


def test_a_dropped_paragraph_goes_with_the_space_before_it():
    def drop_second(story: Story) -> Story:
        dutch(story).blocks[1].drop = True
        return story

    data = json.dumps({"text": "One.\n\nREAD MORE\n\nThree.\n"}).encode()
    out = json.loads(convert(Jsonl(), "a.jsonl", data, change=drop_second))
    assert out["text"] == "NL One.\n\nNL Three.\n"


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(cells, cells, st.booleans()), min_size=1, max_size=6))
def test_jsonl_round_trip(rows):
    lines = [
        json.dumps({"k\u2028": number, "text": text, "other": other}, ensure_ascii=ascii_only)
        for number, (text, other, ascii_only) in enumerate(rows)
    ]
    data = "\n".join(lines).encode()
    assert convert(Jsonl(), "a.jsonl", data, change=lambda story: story) == data
    out = convert(Jsonl(), "a.jsonl", data).split(b"\n")
    for line, (text, other, _) in zip(out, rows, strict=True):
        row = json.loads(line)
        assert row["other"] == other
        assert row["text"] == expected(text)


def expected(text: str) -> str:
    blocks = PlainBlocks(text)
    return blocks.render(dutch(Story("s", blocks.blocks)).blocks)


# CSV and TSV


def test_csv_keeps_quoting_and_line_ends_of_what_it_does_not_touch():
    data = (
        b'id,headline,"text",n\r\n007,Dam holds,"One, ""two"".\r\n\r\nThree.","NA"\r\n'
        b'\r\n8,"Quoted",Plain 5" pipe,""\r\n'
    )
    assert convert(Csv(), "a.csv", data) == (
        b'id,headline,"text",n\r\n007,NL Dam holds,"NL One, ""two"".\r\n\r\nNL Three.","NA"\r\n'
        b'\r\n8,"NL Quoted","NL Plain 5"" pipe",""\r\n'
    )


def test_csv_quotes_a_field_when_the_translation_needs_it():
    def comma(story: Story) -> Story:
        dutch(story)
        story.blocks[0].segments[0].target = 'a, "b"'
        return story

    assert convert(Csv(), "a.csv", b"text,n\nx,1\n", change=comma) == b'text,n\n"a, ""b""",1\n'


@pytest.mark.parametrize(
    ("name", "header"), [("a.tsv", "text\tid"), ("a.csv", "text;id"), ("a.csv", "text|id")]
)
def test_delimiters(name: str, header: str):
    delimiter = header[4]
    data = f"{header}\nA, b and c{delimiter}1\n".encode()
    assert convert(Csv(), name, data) == f"{header}\nNL A, b and c{delimiter}1\n".encode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_csv_encodings_with_a_bom(encoding: str):
    data = "text,id\ncafé,1\n".encode(encoding)
    out = convert(Csv(), "a.csv", data)
    assert out == "text,id\nNL café,1\n".encode(encoding)


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        (b"text,n\na,1\nb\n", "line 3", "1 fields where the header has 2"),
        (b'text,n\n"a\nb",1\n"c\n\n', "line 4", "never closed"),
        (b'text,n\n"a"b,1\n', "line 2", "after the closing quote"),
        (b"text,n\na,1\n\xff,2\n", "after line", "UTF-8"),
    ],
)
def test_a_broken_csv_row_names_file_and_line(data: bytes, place: str, reason: str):
    with pytest.raises(KoerierError, match=reason) as caught:
        stories(Csv(), "wire.csv", data)
    assert str(caught.value).startswith(f"wire.csv: {place}")


def test_a_stray_carriage_return_is_not_a_row_but_old_mac_lines_are():
    assert convert(Csv(), "a.csv", b"n,text\n1\r2,a\n") == b"n,text\n1\r2,NL a\n"
    assert convert(Csv(), "a.csv", b"n,text\r1,a\r2,b\r") == b"n,text\r1,NL a\r2,NL b\r"


def test_the_first_of_two_columns_with_one_name_is_the_text():
    assert convert(Csv(), "a.csv", b"text,text\na,b\n") == b"text,text\nNL a,b\n"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=6),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_csv_round_trip(rows, quoting, newline):
    if quoting == csv.QUOTE_MINIMAL:  # the csv module leaves a lone CR unquoted
        rows = [(text.replace("\r", ""), other.replace("\r", "")) for text, other in rows]
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=newline)
    writer.writerow(["text", "other"])
    writer.writerows(rows)
    data = out.getvalue().encode()
    assert convert(Csv(), "a.csv", data, change=lambda story: story) == data
    back = list(csv.reader(io.StringIO(convert(Csv(), "a.csv", data).decode(), newline="")))
    assert back[1:] == [[expected(text), other] for text, other in rows]


# Parquet


def parquet(table: pa.Table, **options) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def test_parquet_keeps_schema_order_types_codecs_and_other_columns():
    table = pa.table(
        {
            "n": pa.array([1, None, 3], pa.int16()),
            "text": pa.array(["One.\n\nTwo.", None, ""], pa.large_string()),
            "headline": pa.array(["H", "H", "H2"]).dictionary_encode(),
            "lang": pa.array(["en", "en", "en"]),
            "tags": pa.array([["a"], [], None], pa.list_(pa.string())),
            "when": pa.array([0, 1, 2], pa.timestamp("ms", "UTC")),
        },
    ).replace_schema_metadata({"pandas": "{}"})
    data = parquet(table, compression={"n": "zstd", "text": "gzip"})
    out = convert(Parquet(), "a.parquet", data)
    result = pq.read_table(io.BytesIO(out))
    assert result.schema.types == table.schema.types
    assert result.schema.names == table.schema.names
    assert result.schema.metadata[b"pandas"] == b"{}"
    assert result.schema.metadata[b"koerier:provenance"] == b"koerier 1; test"
    assert result.column("text").to_pylist() == ["NL One.\n\nNL Two.", None, ""]
    assert result.column("headline").to_pylist() == ["NL H", "NL H", "NL H2"]
    assert result.column("lang").to_pylist() == ["nl", "nl", "nl"]
    for name in ("n", "tags", "when"):
        assert result.column(name).to_pylist() == table.column(name).to_pylist()
    group = pq.ParquetFile(io.BytesIO(out)).metadata.row_group(0)
    assert [group.column(0).compression, group.column(1).compression] == ["ZSTD", "GZIP"]
    assert out == convert(Parquet(), "a.parquet", data)


@pytest.mark.parametrize("rows", [0, 513, 2_000])
def test_parquet_any_number_of_rows(rows: int):
    table = pa.table({"text": [f"Row {n}." for n in range(rows)]}, pa.schema([("text", "string")]))
    out = convert(Parquet(), "a.parquet", parquet(table, row_group_size=100))
    assert pq.read_table(io.BytesIO(out)).column("text").to_pylist() == [
        f"NL Row {n}." for n in range(rows)
    ]


def test_parquet_text_must_be_text():
    data = parquet(pa.table({"text": [1, 2]}))
    with pytest.raises(KoerierError, match="column 'text' holds int64, not text"):
        stories(Parquet(), "a.parquet", data)


def test_parquet_columns_with_one_name():
    twice = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    with pytest.raises(KoerierError, match="has two columns 'text'"):
        stories(Parquet(), "a.parquet", parquet(twice))
    arrays = [pa.array(["a"]), pa.array([1]), pa.array([2])]
    data = parquet(pa.Table.from_arrays(arrays, names=["text", "n", "n"]))
    out = pq.ParquetFile(io.BytesIO(convert(Parquet(), "a.parquet", data))).read()
    assert [column.to_pylist() for column in out.columns] == [["NL a"], [1], [2]]


def test_damaged_parquet():
    name = parquet(pa.table({"text": ["a"]})).replace(b"text", b"te\xfdt")
    with pytest.raises(KoerierError, match="is not a Parquet file"):
        stories(Parquet(), "a.parquet", name)
    value = parquet(
        pa.table({"text": ["QQQQ"]}),
        use_dictionary=False,
        write_statistics=False,
        compression="none",
    ).replace(b"QQQQ", b"Q\xfdQQ")
    with pytest.raises(KoerierError, match="is damaged"):
        stories(Parquet(), "a.parquet", value)
    whole = parquet(pa.table({"text": ["a" * 1000, "b"]}))
    for data in (b"PAR1", whole[:-20], b"PAR1" + b"x" * 60 + whole[64:]):
        with pytest.raises(KoerierError, match=r"a\.parquet"):
            stories(Parquet(), "a.parquet", data)


# All of them


def test_sniffing():
    assert Jsonl().sniff(Source("x", content=b'{"a":1}\n{"a":2}\n'))
    assert Jsonl().sniff(Source("x.jsonl", content=b'{"a":1}'))
    assert not Jsonl().sniff(Source("x.json", content=b'{\n "a":1}\n'))
    assert not Jsonl().sniff(Source("x.json", content=b'{"a":1}\n'))
    assert Parquet().sniff(Source("x", content=b"PAR1..."))
    for name in ("jsonl", "csv", "parquet"):
        assert BUILT_IN[name].startswith("koerier.data.formats.table:")


def test_memory_stays_flat(tmp_path: Path):
    path = tmp_path / "big.jsonl"
    row = json.dumps({"id": "x", "text": "Some text here. " * 40}) + "\n"
    path.write_text(row * 3_000)

    class Sink(io.RawIOBase):
        size = 0

        def write(self, data) -> int:
            self.size += len(data)
            return len(data)

    sink = Sink()
    document = Jsonl().open(Source(str(path), path), OPTIONS)
    tracemalloc.start()
    document.write((dutch(story) for story in document.stories()), sink)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sink.size == path.stat().st_size + 3 * 3_000
    assert peak < 500_000


# Data sets


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    data = tmp_path / "wire"
    data.mkdir()
    pq.write_table(
        pa.table({"id": ["a", "b"], "text": ["One.", "Two."], "n": [1, 2]}), data / "train.parquet"
    )
    pq.write_table(pa.table({"id": ["c"], "text": ["Three."], "n": [3]}), data / "test.parquet")
    return data


@pytest.mark.parametrize(
    ("split", "ids"), [("", ["a", "b"]), (":train", ["a", "b"]), (":test", ["c"])]
)
def test_a_local_data_set(folder: Path, split: str, ids: list[str]):
    document = HubDocument(f"hub:{folder}{split}", OPTIONS)
    assert [story.id for story in document.stories()] == ids
    out = io.BytesIO()
    document.write((dutch(story) for story in document.stories()), out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [list(row) for row in rows] == [["id", "text", "n"]] * len(ids)
    assert all(row["text"].startswith("NL ") for row in rows)


def test_an_unknown_split_and_an_unknown_data_set(folder: Path, monkeypatch):
    with pytest.raises(KoerierError, match=r"no split 'dev' \(there are: train, test\)"):
        HubDocument(f"hub:{folder}:dev", OPTIONS)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(KoerierError, match="cannot read the data set") as caught:
        HubDocument("hub:nobody/nothing-of-this-name", OPTIONS)
    assert "\n" not in str(caught.value)


def test_layout_prefers_the_choice_of_the_user():
    layout = Layout.of(["Title", "text", "story"], {"text": "STORY"})
    assert layout.texts == (("Title", Role.HEADLINE), ("story", Role.PARAGRAPH))
