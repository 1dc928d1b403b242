from __future__ import annotations

from pathlib import Path

import pytest

from koerier.evaluation.tag_accuracy import SETS, Diagonal, accuracy, parse
from koerier.pipeline.align import Aligner


def test_tags_land_on_the_right_words_far_more_often_than_at_the_same_place() -> None:
    sets = sorted(SETS.glob("*.tsv"))
    ours, diagonal = accuracy(sets, Aligner()), accuracy(sets, Diagonal())
    assert ours.tags == diagonal.tags > 90
    assert ours.exact > 0.8
    assert ours.f1 > 0.9
    assert ours.exact > diagonal.exact + 0.3


def test_a_perfect_projection_scores_one(tmp_path: Path) -> None:
    (tmp_path / "set.tsv").write_text("<a>one</a> two<br/>\t<a>one</a> two<br/>\n")
    found = accuracy([tmp_path / "set.tsv"], Diagonal())
    assert (found.tags, found.exact, found.f1) == (2, 1.0, 1.0)


@pytest.mark.parametrize("tagged", ["<a>x", "x</a>", "<a><b>x</a></b>"])
def test_tags_that_do_not_nest_are_refused(tagged: str) -> None:
    with pytest.raises(ValueError, match="clos"):
        parse(tagged)
