from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines import Shouting

from koerier.pipeline import translate
from koerier.pipeline.conventions import Conventions
from koerier.pipeline.lines import target_lines, translate_lines
from koerier.pipeline.story import Block, Outcome, Role, Severity, Status, Story, Tag
from koerier.pipeline.translate import Settings, Translator
from koerier.pipeline.typography_style import Typography

SETTINGS = Settings(Conventions.load(), Typography.load())
ENGLISH = (
    "The ministers will meet again on Thursday to discuss the plan that they could not agree on."
)


def story(*texts: str, role: Role = Role.PARAGRAPH, name: str = "s") -> Story:
    return Story(name, [Block(f"b{n}", role, text) for n, text in enumerate(texts, 1)])


def targets(done: Story) -> list[str]:
    return [block.assemble()[0] for block in done.blocks]


def test_stories_come_back_in_order_with_every_segment_explained() -> None:
    engine = Shouting()
    given = [story(f"It is story {n}. It ends.", name=str(n)) for n in range(5)]
    done = list(Translator(engine, SETTINGS)(iter(given)))
    assert [one.id for one in done] == ["0", "1", "2", "3", "4"]
    assert targets(done[3]) == ["IT IS STORY 3. IT ENDS."]
    for segment in done[3].segments():
        assert segment.status is Status.TRANSLATED
        assert segment.origin is not None
        assert (segment.origin.kind, segment.origin.id) == ("engine", "test:shouting@1")
    assert done[0].outcome is Outcome.TRANSLATED


def test_a_repeated_sentence_is_translated_once_over_all_stories(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(translate, "WINDOW_SEGMENTS", 2)
    engine = Shouting()
    given = [story("Same here.", "Same here.", f"Other {n}.") for n in range(4)]
    done = list(Translator(engine, SETTINGS)(given))
    assert engine.seen.count("Same here.") == 1
    assert all(targets(one)[:2] == ["SAME HERE.", "SAME HERE."] for one in done)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate, "CACHED_SENTENCES", 3)
    monkeypatch.setattr(translate, "WINDOW_SEGMENTS", 1)
    engine = Shouting()
    translator = Translator(engine, SETTINGS)
    list(translator(story(f"Number {n} here.") for n in range(10)))
    list(translator([story("Number 9 here."), story("Number 0 here.")]))
    assert engine.seen.count("Number 9 here.") == 1
    assert engine.seen.count("Number 0 here.") == 2


def test_stories_are_taken_in_windows_not_all_at_once() -> None:
    taken = []

    def endless() -> Iterator[Story]:
        for number in range(10**9):
            taken.append(number)
            yield story(*(f"Sentence {number} {n}." for n in range(50)))

    done = Translator(Shouting(), SETTINGS)(endless())
    next(done)
    assert len(taken) <= translate.WINDOW_SEGMENTS / 50 + 1


def test_tags_come_along() -> None:
    given = story("He saw the big house.")
    given.blocks[0].tags = [Tag("1", 11, 14, "<b>", "</b>")]
    (done,) = Translator(Shouting(), SETTINGS)([given])
    text, (tag,) = done.blocks[0].assemble()
    assert text[tag.start : tag.end] == "BIG"


def test_a_dutch_story_is_left_alone_by_declaration_and_by_its_words() -> None:
    declared = story("Hello there.")
    declared.source_language = "nl-BE"
    words = story(
        "De ministers komen donderdag opnieuw bijeen om te praten over het plan waarover ze het "
        "niet eens konden worden."
    )
    english = story(ENGLISH)
    engine = Shouting()
    done = list(Translator(engine, SETTINGS)([declared, words, english]))
    assert [one.outcome for one in done] == [
        Outcome.ALREADY_TRANSLATED,
        Outcome.ALREADY_TRANSLATED,
        Outcome.TRANSLATED,
    ]
    assert engine.seen == [ENGLISH]
    assert not any(block.translated for one in done[:2] for block in one.blocks)


def test_an_engine_that_says_nothing_costs_no_text_and_is_reported() -> None:
    (done,) = Translator(Shouting(), SETTINGS)([story("This is SILENT now.")])
    (segment,) = done.segments()
    assert segment.target == "This is SILENT now."
    assert [finding.severity for finding in segment.findings] == [Severity.CRITICAL]


def test_boilerplate_can_be_dropped() -> None:
    drop = Settings(Conventions.load(), Typography.load(), drop_boilerplate=True)
    (done,) = Translator(Shouting(), drop)([story("READ MORE: All about it", "Text here.")])
    assert [block.drop for block in done.blocks] == [True, False]
    (kept,) = Translator(Shouting(), SETTINGS)([story("READ MORE: All about it")])
    assert targets(kept) == ["LEES OOK: ALL ABOUT IT"]


def test_rules_numbers_and_empty_blocks_need_no_engine() -> None:
    engine = Shouting()
    (done,) = Translator(engine, SETTINGS)([story("BEIJING (AP) — ", "12,500", "", "___")])
    assert engine.seen == []
    assert targets(done) == ["PEKING (AP) – ", "12.500", "", "___"]
    (nothing,) = Translator(engine, SETTINGS)([story("", "  ")])
    assert nothing.outcome is Outcome.EMPTY


@pytest.mark.parametrize(
    "text",
    [
        "word " * 20_000,
        "no space" * 5_000,
        "A \x00 control \x1b character.",
        "An emoji 🙂 and a family 👨‍👩‍👧.",
        "He said \u202e\u05e9\u05dc\u05d5\u05dd\u202c to them.",
        "\ufeffA mark in front.",
        "Line\u2028separator.",
    ],
    ids=["100 kB", "no spaces", "control", "emoji", "right to left", "BOM", "U+2028"],
)
def test_odd_texts_come_through_whole(text: str) -> None:
    (done,) = Translator(Shouting(), SETTINGS)([story(text)])
    assert "".join(targets(done)[0].split()) == "".join(text.upper().split())


def test_lines_stay_aligned_whatever_is_in_them() -> None:
    given = ["One. Two.", "", "  ", "READ MORE: x", "a\u2028b", "BEIJING (AP) — So it is."] * 400
    done = list(translate_lines(given, Translator(Shouting(), SETTINGS), _options()))
    lines = [line for one in done for line in target_lines(one)]
    assert len(lines) == len(given)
    assert lines[0] == "ONE. TWO."
    assert lines[1] == ""
    assert lines[5] == "PEKING (AP) – SO IT IS."


def _options() -> object:
    from koerier.data.formats.base import Options

    return Options()
