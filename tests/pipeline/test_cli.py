"""The command as users meet it: options, pipes, and one line when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest
from content import stories
from files import write_corpus

from koerier.pipeline.story import Story

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs" / "story.schema.json"
COMMAND = [sys.executable, "-c", "from koerier.pipeline.cli import main; main()"]


def koerier(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run([*COMMAND, *arguments], input=given, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def error(*arguments: str, given: bytes = b"") -> tuple[int, str]:
    """Exit status and the one line that is not about the engine."""
    done = koerier(*arguments, given=given)
    lines = [line for line in done.stderr.decode().splitlines() if line.startswith("koerier:")]
    assert len(lines) == 1, done.stderr.decode()
    return done.returncode, lines[0]


def test_version_and_help_with_examples() -> None:
    assert koerier("--version").stdout.decode().split() == ["koerier", version("koerier")]
    for command in ([], ["translate"], ["models", "list"], ["models", "add"], ["models", "info"]):
        shown = koerier(*command, "--help").stdout.decode()
        assert "xample" in shown, command
    assert "--install-completion" in koerier("--help").stdout.decode()


@pytest.mark.parametrize("kind", ["text", "html", "nitf", "ninjs", "rss", "xliff-2", "csv"])
def test_a_story_through_a_pipe(kind: str, tmp_path: Path) -> None:
    corpus = {name: path for name, path, _ in write_corpus(tmp_path, stories(40))}
    done = koerier("translate", "-", "--beam", "1", given=corpus[kind].read_bytes())
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr.decode().startswith("engine: ct2:en-nl-news@")
    assert done.stdout != corpus[kind].read_bytes()
    assert len(done.stdout) > 200


def test_json_is_one_object_a_story_in_the_documented_schema(tmp_path: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    corpus = {name: path for name, path, _ in write_corpus(tmp_path, stories(40))}
    done = koerier("translate", str(corpus["newsml-g2"]), "--json", "--beam", "1")
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 3
    for line in lines:
        jsonschema.validate(json.loads(line), schema)
        story = Story.from_json(line)
        assert all(segment.target for segment in story.segments())


def test_json_goes_on_after_a_broken_file(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<nitf><body>")
    (tmp_path / "b.txt").write_text("The bridge was closed.\n")
    done = koerier("translate", str(tmp_path), "--json", "--beam", "1")
    assert done.returncode == 1
    assert f"koerier: {tmp_path / 'a.xml'}: line 1" in done.stderr.decode()
    assert [Story.from_json(line).id for line in done.stdout.splitlines()] == ["b"]


def test_the_documented_schema_is_the_current_one() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Story.json_schema()


def test_lines_in_lines_out() -> None:
    given = b"He left.\r\n\n  \nTwo sentences. On one line.\nLast, without an end"
    done = koerier("translate", "--lines", "--beam", "1", "-q", given=given)
    assert done.stderr == b""
    lines = done.stdout.decode().split("\n")
    assert len(lines) == 6
    assert lines[1] == ""
    assert lines[2].strip() == ""
    assert lines[0]
    assert lines[3]
    assert lines[4]


def test_finished_output_of_another_system(tmp_path: Path) -> None:
    target = tmp_path / "mt.nl"
    target.write_text("Hij vertrok. En kwam terug.\n\nHet kostte 8,000 euro.\n", encoding="utf-8")
    given = b"He left. And came back.\n\nIt cost 8,000 euros.\n"
    done = koerier("translate", "--lines", "--engine", f"file:{target}", given=given)
    assert done.stdout.decode() == "Hij vertrok. En kwam terug.\n\nHet kostte 8.000 euro.\n"
    status, line = error("translate", "--lines", "--engine", f"file:{target}", given=b"One.\n")
    assert (status, "has 3 lines, but the source has 1 segments" in line) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["translate"], 2, "nothing to translate"),
        (["translate", "x.txt"], 2, "-o FOLDER"),
        (["translate", "nowhere.txt", "-o", "out"], 1, "nowhere.txt: no such file"),
        (["translate", "--lines", "--engine", "hf:/nowhere"], 1, "no such directory"),
        (["translate", "--lines", "--engine", "ct2:/nowhere"], 1, "model.bin is missing"),
        (["translate", "--lines", "--engine", "x"], 1, "unknown engine 'x'"),
        (["translate", "-", "--format", "x"], 1, "unknown format 'x'"),
        (["translate", "-", "--format", "nitf"], 1, "<stdin>"),
        (["translate", "x", "-o", "y", "--column", "text"], 2, "ROLE=NAME"),
        (["translate", "-", "--conventions", "/nowhere.toml"], 1, "/nowhere.toml"),
        (["models", "info", "nothing"], 1, "nothing"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments: list[str], status: int, message: str) -> None:
    found, line = error(*arguments, given=b"not xml")
    assert message in line
    assert found == status


def test_a_line_that_is_not_text_is_named() -> None:
    status, line = error("translate", "--lines", given=b"Good.\ncaf\xe9\n")
    assert status == 1
    assert "<stdin>: line 2: not UTF-8" in line


def test_a_reader_that_goes_away_is_no_drama() -> None:
    given = b"A sentence to translate here.\n" * 3000
    command = " ".join(f"'{part}'" for part in [*COMMAND, "translate", "--lines", "-q"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -1"], input=given, capture_output=True, check=False
    )
    assert done.stdout.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_a_job_ends_with_a_table_and_says_what_failed(tmp_path: Path) -> None:
    wire = tmp_path / "wire"
    wire.mkdir()
    (wire / "good.txt").write_text("The bridge was closed.\n")
    (wire / "bad.xml").write_text("<nitf><body>")
    done = koerier("translate", str(wire), "-o", str(tmp_path / "out"), "--beam", "1")
    assert done.returncode == 1
    shown = done.stderr.decode()
    assert "translated" in shown
    assert "failed" in shown
    assert f"koerier: {wire / 'bad.xml'}: line 1" in shown
    assert (tmp_path / "out" / "good.txt").exists()
    # Not on a terminal: no bar, no control characters.
    assert "\x1b" not in shown
