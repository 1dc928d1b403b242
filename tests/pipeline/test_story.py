from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koerier.pipeline.story import (
    Block,
    Edit,
    Finding,
    Origin,
    Role,
    Segment,
    Severity,
    Status,
    Story,
    Tag,
    apply_edits,
)


@st.composite
def texts_with_edits(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(st.text(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return text, [Edit(start, end, draw(st.text(max_size=5))) for start, end in pairs]


@given(texts_with_edits())
def test_edits_replace_exactly_their_ranges(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    expected = text
    for edit in sorted(edits, key=lambda e: (e.start, e.end))[::-1]:
        expected = expected[: edit.start] + edit.text + expected[edit.end :]
    assert apply_edits(text, edits)[0] == expected


@given(texts_with_edits())
def test_offsets_stay_in_order_and_inside_the_new_text(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    new, moved = apply_edits(text, edits)
    offsets = [moved(offset) for offset in range(len(text) + 1)]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(new) for offset in offsets)


def test_untouched_characters_keep_their_offset() -> None:
    new, moved = apply_edits("cost 8,000 now", [Edit(5, 10, "8.000.000")])
    assert new == "cost 8.000.000 now"
    assert new[moved(11) :] == "now"
    assert moved(5) == 5


@pytest.mark.parametrize("edits", [[Edit(0, 3, ""), Edit(2, 4, "")], [Edit(3, 9, "")]])
def test_overlapping_or_outside_edits_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="edit"):
        apply_edits("abcdef", edits)


def test_editing_a_segment_moves_tags_and_findings_along() -> None:
    segment = Segment("s1", "It cost 8,000 euros.", target="Het kostte 8,000 euro.")
    segment.origin = Origin("engine", "test")
    segment.target_tags = [Tag("1", 17, 21, "<b>", "</b>")]
    segment.findings = [Finding("x", "y", Severity.MINOR, "z", target_span=(17, 21))]
    segment.edit([Edit(11, 16, "achtduizend")], rule="numbers")
    tag = segment.target_tags[0]
    assert segment.target[tag.start : tag.end] == "euro"
    assert segment.findings[0].target_span == (tag.start, tag.end)
    assert segment.origin.rules == ["numbers"]


def test_a_tag_cut_by_a_sentence_boundary_is_joined_again() -> None:
    tag = Tag("1", 4, 13, "<i>", "</i>")
    block = Block("b1", Role.PARAGRAPH, "One two. Three four.", tags=[tag])
    block.segments = [
        Segment("s1", "One two.", 0, "Een twee.", target_tags=[Tag("1", 4, 9, "<i>", "</i>")]),
        Segment("s2", "Three four.", 9, "Drie vier.", target_tags=[Tag("1", 0, 4, "<i>", "</i>")]),
    ]
    text, tags = block.assemble()
    assert text == "Een twee. Drie vier."
    assert [(t.start, t.end) for t in tags] == [(4, 14)]


def test_a_story_survives_json() -> None:
    segment = Segment("s1", "Hi.", target="Hoi.", status=Status.TRANSLATED)
    segment.origin = Origin("engine", "ct2:x", score=-0.25, rules=["typography"])
    segment.findings = [Finding("c", "accuracy", Severity.MAJOR, "m", source_span=(0, 2))]
    block = Block("b1", Role.CAPTION, "Hi.", [Tag("1", 0, 2, "<b>", "</b>")], [segment])
    story = Story("guid", [block])
    assert Story.from_json(story.to_json()) == story
    assert "blocks" in Story.json_schema()["properties"]
