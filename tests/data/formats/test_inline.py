from __future__ import annotations

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from koerier.data.formats.inline import render
from koerier.pipeline.story import Tag


@st.composite
def tagged_texts(draw: st.DrawFn) -> tuple[str, list[Tag]]:
    text = draw(st.text("ab <&>é ", max_size=20))
    tags = []
    for number in range(draw(st.integers(0, 6))):
        start, end = draw(st.integers(-2, 25)), draw(st.integers(-2, 25))
        parent = draw(st.sampled_from([None, *(f"{n}" for n in range(7))]))
        close = draw(st.sampled_from(["", f"</t{number}>"]))
        opening = f"<t{number}>" if close else f"<t{number}/>"
        tags.append(Tag(f"{number}", start, end, opening, close, parent=parent))
    return text, tags


@given(tagged_texts())
@settings(max_examples=100)
def test_any_tags_give_well_formed_markup_with_each_tag_once(case: tuple[str, list[Tag]]) -> None:
    text, tags = case
    markup = render(text, tags, lambda part: escape(part, quote=False))
    root = etree.fromstring(f"<root>{markup}</root>".encode())
    assert "".join(root.itertext()) == text
    assert sorted(str(e.tag) for e in root.iter() if e is not root) == sorted(
        f"t{tag.id}" for tag in tags
    )


@pytest.mark.parametrize("first", ["inner", "beside"])
def test_nesting_follows_the_parents_not_the_order(first: str) -> None:
    tags = [
        Tag("1", 0, 3, "<b>", "</b>"),
        Tag("2", 3, 3, "<br/>", parent="1" if first == "inner" else None),
    ]
    wanted = "<b>abc<br/></b>" if first == "inner" else "<b>abc</b><br/>"
    assert render("abc", tags, str) == wanted
