"""Sentence splitting against hand-marked wire text, and tags that survive it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from koerier.pipeline.errors import KoerierError
from koerier.pipeline.segment import WHOLE_LIMIT, carry_tags, segment
from koerier.pipeline.sentences import SENTENCE_LIMIT, SentenceRules, sentences
from koerier.pipeline.story import Block, Origin, Role, Status, Tag
from koerier.pipeline.wire import Conventions, FixedSpan, recognise

SAMPLES = Path(__file__).parent / "samples" / "sentences.txt"
KNOWN_MISSES = {"At 9 a.m. Gen. Roth arrived.¦ At 10 a.m. he left."}
"""Truly ambiguous without understanding: "by 5 p.m. Gen. Roth had left" reads both ways."""


def marked_samples() -> list[str]:
    lines = SAMPLES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def marked(text: str) -> str:
    ends = [end for _, end in sentences(text)[:-1]]
    starts = [0, *ends]
    return "¦".join(text[a:b] for a, b in zip(starts, [*ends, len(text)], strict=True))


def test_there_are_enough_samples() -> None:
    assert len(marked_samples()) >= 150


@pytest.mark.parametrize("line", [line for line in marked_samples() if line not in KNOWN_MISSES])
def test_sentences_as_marked_by_hand(line: str) -> None:
    assert marked(line.replace("¦", "")) == line


@given(st.text(alphabet="aAbU.S?!…\"'“”()0,;: \n\t•é—", max_size=300))
def test_sentences_are_trimmed_and_leave_only_white_space_out(text: str) -> None:
    found = sentences(text)
    cursor = 0
    for start, end in found:
        assert cursor <= start < end <= len(text)
        assert text[cursor:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        cursor = end
    assert text[cursor:].strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "word " * 20_000,
        "one, two; " * 10_000,
        "A." * 50_000,
        ". " * 50_000,
        "(" * 100_000,
        '"' * 100_000,
        "x.\n" * 30_000,
        " " * 100_000 + "x",
    ],
    ids=[
        "unbroken",
        "words",
        "clauses",
        "initials",
        "dots",
        "brackets",
        "quotes",
        "lines",
        "blank",
    ],
)
def test_monsters_are_cut_and_fast(text: str) -> None:
    began = time.perf_counter()
    found = sentences(text)
    assert time.perf_counter() - began < 5
    assert all(end - start <= SENTENCE_LIMIT for start, end in found)
    assert "".join(text[a:b] for a, b in found).replace(" ", "") == "".join(text.split())


def test_long_sentence_is_cut_at_a_clause_boundary() -> None:
    text = "alpha beta " * 100 + "gamma; " + "delta epsilon " * 100
    first, second = sentences(text)[:2]
    assert text[first[0] : first[1]].endswith("gamma;")
    assert text[second[0] :].startswith("delta")


def test_speed_is_above_two_megabytes_a_second() -> None:
    text = " ".join(line.replace("¦", "") for line in marked_samples()) * 40
    began = time.perf_counter()
    sentences(text)
    assert len(text) / (time.perf_counter() - began) > 2_000_000


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("First item\n- second item\n- third item", 3),
        ("One paragraph\n\nand another", 2),
        ("Name\nTitle", 2),
        ("This line is long enough to have been wrapped by the sender at some\npoint.", 1),
        ("He listed • bread • salt • water", 4),
        ("", 0),
        ("   ", 0),
        ("...", 1),
    ],
)
def test_lines_and_bullets(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_misspelt_key_in_rules_is_named() -> None:
    with pytest.raises(KoerierError, match=r"own\.toml: nevver: unknown key"):
        SentenceRules.parse('nevver = ["x."]', "own.toml")


def block(source: str, role: Role = Role.PARAGRAPH, tags: list[Tag] | None = None) -> Block:
    return Block("b7", role, source, tags or [])


def test_fixed_span_is_settled_and_the_rest_is_split() -> None:
    made = block("KYIV, Ukraine (WA) — Rain fell. It stopped.")
    segment(made, recognise(made, Conventions.load()))
    assert [part.id for part in made.segments] == ["b7.s1", "b7.s2", "b7.s3"]
    first, second, third = made.segments
    assert (first.source, first.target) == ("KYIV, Ukraine (WA) —", "KIEV (WA) –")
    assert first.status is Status.TRANSLATED
    assert first.origin == Origin("rule", "wire.dateline")
    assert (second.source, third.source) == ("Rain fell.", "It stopped.")
    assert second.status is Status.INITIAL
    assert not made.translated


@pytest.mark.parametrize("role", [Role.HEADLINE, Role.CAPTION])
def test_headlines_and_captions_stay_whole_up_to_a_length(role: Role) -> None:
    made = block("The mayor waves. He left.", role)
    segment(made, [])
    assert len(made.segments) == 1
    made = block("The mayor waves. " * (WHOLE_LIMIT // 10), role)
    segment(made, [])
    assert len(made.segments) > 1


def test_punctuation_beside_a_fixed_span_is_not_lost() -> None:
    made = block("A dog runs. (WA Photo).", Role.CAPTION)
    segment(made, [FixedSpan(12, 22, "(foto WA)", "wire.credit")])
    assert [part.source for part in made.segments] == ["A dog runs.", "(WA Photo)", "."]
    made.segments[0].settle("Een hond rent.", Origin("engine"))
    made.segments[2].settle(".", Origin("copy"))
    assert made.assemble()[0] == "Een hond rent. (foto WA)."


def test_punctuation_alone_is_still_a_segment() -> None:
    made = block("?!")
    segment(made, [])
    assert [part.source for part in made.segments] == ["?!"]


def test_two_line_breaks_end_a_sentence_one_does_not() -> None:
    tags = [Tag("1", 10, 10, "<br/>", kind="br"), Tag("2", 10, 10, "<br/>", kind="br")]
    made = block("Name here Title here", tags=tags)
    segment(made, [])
    assert [part.source for part in made.segments] == ["Name here", "Title here"]
    made = block("Name here Title here", tags=tags[:1])
    segment(made, [])
    assert len(made.segments) == 1


def test_tag_over_a_boundary_is_cut_and_joined_again() -> None:
    source = "He saw it all. She did not. They left."
    tags = [
        Tag("1", 3, 27, "<i>", "</i>", "i"),
        Tag("2", 10, 18, "<b>", "</b>", "b", parent="1"),
        Tag("3", 28, 28, '<a id="x">', "</a>", "a"),
    ]
    made = block(source, tags=tags)
    segment(made, [])
    assert [[tag.id for tag in part.tags] for part in made.segments] == [
        ["1", "2"],
        ["1", "2"],
        ["3"],
    ]
    copy_all(made)
    assert made.assemble() == (source, tags)


def test_lone_tag_in_a_gap_stays_with_its_parent() -> None:
    source = "One.  Two."
    tags = [Tag("1", 5, 10, "<i>", "</i>", "i"), Tag("2", 5, 5, "<br/>", "", "br", parent="1")]
    made = block(source, tags=tags)
    segment(made, [])
    assert [[tag.id for tag in part.tags] for part in made.segments] == [[], ["1", "2"]]


def copy_all(made: Block) -> None:
    for part in made.segments:
        part.settle(part.source, Origin("copy"))
        part.target_tags = list(part.tags)


def nested_tags(text: str, cuts: list[tuple[int, int]]) -> list[Tag]:
    """Well-nested tags from arbitrary ranges: each is clipped into the innermost that holds it."""
    tags: list[Tag] = []
    ordered = sorted({(min(a, b), max(a, b)) for a, b in cuts}, key=lambda cut: (cut[0], -cut[1]))
    stack: list[Tag] = []
    for number, (start, end) in enumerate(ordered):
        while stack and stack[-1].end <= start and not (stack[-1].start == stack[-1].end == start):
            stack.pop()
        while stack and stack[-1].start == stack[-1].end:
            stack.pop()
        parent = stack[-1] if stack else None
        if parent:
            end = min(end, parent.end)
        tag = Tag(
            f"t{number}",
            start,
            end,
            "<i>",
            "" if start == end else "</i>",
            "i",
            parent.id if parent else None,
        )
        tags.append(tag)
        if tag.paired:
            stack.append(tag)
    return tags


@st.composite
def tagged_blocks(draw: st.DrawFn) -> Block:
    words = st.sampled_from(["One.", "Two", "three.", "U.S.", "Four!", "“Five.”", "  ", "x"])
    text = " ".join(draw(st.lists(words, min_size=1, max_size=12))).strip() or "x"
    places = st.integers(0, len(text))
    cuts = draw(st.lists(st.tuples(places, places), max_size=8))
    return Block("b", Role.PARAGRAPH, text, nested_tags(text, cuts))


def snapped(made: Block) -> list[Tag]:
    """The block's tags with edges that lie in white space between segments moved to a segment."""
    edges = {part.start for part in made.segments} | {part.end for part in made.segments}
    inside = {place for part in made.segments for place in range(part.start, part.end + 1)} | edges
    return [tag for tag in made.tags if tag.start in inside and tag.end in inside]


@settings(max_examples=100)
@given(tagged_blocks(), st.sets(st.integers(0, 40), max_size=4))
def test_copying_every_segment_gives_the_block_back(made: Block, places: set[int]) -> None:
    edges = sorted(places)
    fixed = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        if made.source[start:end] == made.source[start:end].strip() != "":
            end = min(end, len(made.source))
            fixed.append(FixedSpan(start, end, made.source[start:end], "wire.copy"))
    segment(made, fixed)
    if not made.segments:
        return
    copy_all(made)
    text, tags = made.assemble()
    assert text == made.source
    assert [tag.id for tag in tags] == [tag.id for tag in made.tags]
    for before, after in zip(made.tags, tags, strict=True):
        low, high = sorted((before.start, after.start))
        assert made.source[low:high].strip() == ""
        low, high = sorted((before.end, after.end))
        assert made.source[low:high].strip() == ""
        assert (before.open, before.close, before.parent) == (
            after.open,
            after.close,
            after.parent,
        )
    by_id = {tag.id: tag for tag in tags}
    for tag in tags:
        if tag.parent is not None:
            assert by_id[tag.parent].start <= tag.start <= tag.end <= by_id[tag.parent].end


@settings(max_examples=100)
@given(tagged_blocks())
def test_a_part_has_its_parent_in_the_same_segment_around_it(made: Block) -> None:
    segment(made, [])
    for part in made.segments:
        here = {tag.id: tag for tag in part.tags}
        for tag in part.tags:
            assert 0 <= tag.start <= tag.end <= len(part.source)
            if tag.parent is not None:
                parent = here[tag.parent]
                assert parent.start <= tag.start <= tag.end <= parent.end


def test_edges_outside_white_space_come_back_exactly() -> None:
    source = "One two. Three four. Five."
    tags = [
        Tag("1", 0, 20, "<i>", "</i>"),
        Tag("2", 4, 14, "<b>", "</b>", parent="1"),
        Tag("3", 9, 9, "<br/>", parent="2"),
        Tag("4", 21, 25, "<u>", "</u>"),
    ]
    made = block(source, tags=tags)
    segment(made, [])
    assert snapped(made) == tags
    copy_all(made)
    assert made.assemble() == (source, tags)


def test_tags_in_a_dateline_are_carried_to_the_rule_target() -> None:
    source, target = "KYIV, Ukraine (WA) —", "KIEV (WA) –"
    tags = [
        Tag("1", 0, 20, "<span>", "</span>"),
        Tag("2", 0, 4, "<b>", "</b>", parent="1"),
        Tag("3", 15, 17, "<i>", "</i>", parent="1"),
    ]
    carried = carry_tags(source, target, tags)
    assert [target[tag.start : tag.end] for tag in carried] == ["KIEV (WA) –", "KIEV", "WA"]


@given(
    st.text(alphabet="ab, (", max_size=20),
    st.text(alphabet="ab, (", max_size=20),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=5),
)
def test_carried_tags_keep_their_nesting(
    source: str, target: str, cuts: list[tuple[int, int]]
) -> None:
    clipped = [(min(a, len(source)), min(b, len(source))) for a, b in cuts]
    tags = nested_tags(source, clipped)
    carried = {tag.id: tag for tag in carry_tags(source, target, tags)}
    for tag in carried.values():
        assert 0 <= tag.start <= tag.end <= len(target)
        if tag.parent is not None:
            parent = carried[tag.parent]
            assert parent.start <= tag.start <= tag.end <= parent.end
