from __future__ import annotations

import re
import time
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup_helpers import shape, translate

from koerier.data.formats.html_text import HtmlText
from koerier.pipeline.story import Role


def texts(html: str) -> list[str]:
    return [block.source for block in HtmlText(html).blocks]


def shouted(html: str, **options: bool) -> str:
    text = HtmlText(html, **options)
    return text.render(translate(text.blocks))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("<p>one<p>two", ["one", "two"]),
        (
            "<ul><li>one<li>two<ul><li>deep</ul>more</ul>after",
            ["one", "two", "deep", "more", "after"],
        ),
        ("<li>item <p>in a paragraph</p> tail</li>", ["item", "in a paragraph", "tail"]),
        ("<div>stray <div>inner</div> text</div>", ["stray", "inner", "text"]),
        ("<table><tr><td>a<td>b<tr><th>c</table>", ["a", "b", "c"]),
        ("<dl><dt>term<dd>what it means</dl>", ["term", "what it means"]),
        ("bare & simple", ["bare & simple"]),
        ("<p>a < b and c > d", ["a < b and c > d"]),
        ("<p>first<br><br>second<br> <br/>third</p>", ["first", "second", "third"]),
        ("<p><font>first<br><br>second</font></p>", ["first", "second"]),
        ("<p>one <b>two<br><br>three</b></p>", ["one two three"]),
        ("<b>bold <p>inside</b> after", ["bold", "inside after"]),
        ("<p></p><p> \n </p><p>&nbsp;</p>", ["\xa0"]),
        ("<title>A <b>title</b></title>", ["A <b>title</b>"]),
        ("<title>never closed<p>text", ["never closed", "text"]),
        ("<textarea>typed</textarea><select><option>x</select><p>text", ["text"]),
        ("<script>if (a<b) '<p>no</p>'</script><style>p{}</style><p>yes", ["yes"]),
        ("<pre>  code </pre>text", ["text"]),
        ("<!-- <p>no</p> -->yes<!doctype x><?php echo 1 ?>", ["yes"]),
        ("<p>one<script>never closed<p>two", ["one"]),
        ("<details><summary>Sum</summary>Body</details>", ["Sum", "Body"]),
    ],
)
def test_every_text_is_one_block(html, expected):
    assert texts(html) == expected


@pytest.mark.parametrize(
    ("html", "role"),
    [
        ("<h1>x</h1>", Role.HEADLINE),
        ("<h3>x</h3>", Role.HEADLINE),
        ("<title>x</title>", Role.HEADLINE),
        ("<figcaption><p>x</p></figcaption>", Role.CAPTION),
        ("<li>x", Role.LIST_ITEM),
        ("<ul class=byline><li><p>x", Role.LIST_ITEM),
        ("<td>x", Role.TABLE_CELL),
        ("<blockquote><p>x</p></blockquote>", Role.QUOTE),
        ('<p class="byline">x', Role.BYLINE),
        ('<div class="Article-Byline__xyz"><div>x', Role.BYLINE),
        ('<p class="authorBio">x', Role.PARAGRAPH),
        ('<p><span itemprop="author">x</span></p>', Role.BYLINE),
        ('<p>by <span itemprop="author">x</span></p>', Role.PARAGRAPH),
        ('<p class="dateline">x', Role.DATELINE),
        ('<div class="photo-credit">x', Role.CREDIT),
        ('<p class="copyright">x', Role.BOILERPLATE),
        ('<span class="timestamp">x</span>', Role.NOTE),
        ('<article class="has-byline credit"><p>x', Role.PARAGRAPH),
        ('<p class="byline">' + "long " * 60, Role.PARAGRAPH),
    ],
)
def test_roles(html, role):
    (block,) = HtmlText(html).blocks
    assert block.role is role


def test_inline_markup_becomes_tags():
    (block,) = HtmlText(
        '<p>\n A <a href="x?a=1&amp;b">b <em>c</em></a>,\n<br/>d&hellip;</p>'
    ).blocks
    assert block.source == "A b c, d…"
    assert [(t.kind, t.start, t.end, t.open, t.close, t.parent) for t in block.tags] == [
        ("a", 2, 5, '<a href="x?a=1&amp;b">', "</a>", None),
        ("em", 4, 5, "<em>", "</em>", "t1"),
        ("br", 7, 7, "<br/>", "", None),
    ]


def test_a_break_without_white_space_gets_a_space_behind_it():
    (block,) = HtmlText("one.<br>Two.").blocks
    assert (block.source, block.tags[0].start) == ("one. Two.", 4)
    assert shouted("one.<br>Two.") == "ONE.<br> TWO."


@pytest.mark.parametrize(
    ("html", "source", "written"),
    [
        ("a<!-- c --> b", "a b", "A<!-- c --> B"),
        ('a <a id="x"></a>b', "a b", 'A <a id="x"></a>B'),
        ("a<b> </b>b", "a b", "A<b> </b> B"),
        ("run <code>ls -l</code> now", "run now", "RUN <code>ls -l</code> NOW"),
        ("<code>ls</code> lists", "lists", "<code>ls</code> LISTS"),
        ("then run <code>ls</code>", "then run", "THEN RUN <code>ls</code>"),
        ("an <img src=x> image", "an image", "AN <img src=x> IMAGE"),
        ("<img src=x> caption <br>", "caption", "<img src=x> CAPTION <br>"),
        (
            "say <i translate=no>joie de vivre</i>!",
            "say !",
            "SAY <i translate=no>joie de vivre</i>!",
        ),
        ("<b>a<i>b</b>c</i>d", "abcd", "<b>A<i>B</b>C</i>D"),
        ("a</b> b", "a b", "A</b> B"),
        ("<span><p>x</p></span>", "x", "<span><p>X</p></span>"),
        (
            "<a><svg><title>t</title></svg> Share</a>",
            "Share",
            "<a><svg><title>t</title></svg> SHARE</a>",
        ),
    ],
)
def test_lone_tags_carry_all_their_markup(html, source, written):
    (block,) = HtmlText(html).blocks
    assert block.source == source
    assert shouted(html) == written


def test_character_references():
    html = (
        "<p>&ldquo;AT&T&rdquo; &amp; caf&eacute; &#150; &unknown; &#x20AC;5 &lt;b&gt; a&nbsp;b</p>"
    )
    assert texts(html) == ["“AT&T” & café – &unknown; €5 <b> a\xa0b"]
    assert shouted(html) == ("<p>“AT&amp;T” &amp; CAFÉ – &amp;UNKNOWN; €5 &lt;B&gt; A&nbsp;B</p>")
    assert shouted("<p>a&#160;b</p>", xml=True) == "<p>A&#160;B</p>"


def test_texts_of_attributes():
    html = (
        "<meta name=description content='A \"big\" storm'><meta name=viewport content='width=x'>"
        '<p title="Tip">See <a title="More &amp; more" href=x>this <img alt=Dog></a>'
        '<img alt="photo.jpg"><input placeholder="Your name">!</p><link rel=x title="Feed">'
    )
    text = HtmlText(html)
    assert [block.source for block in text.blocks] == [
        'A "big" storm',
        "Tip",
        "See this !",
        "More & more",
        "Dog",
        "Your name",
    ]
    assert text.blocks[4].role is Role.CAPTION
    out = text.render(translate(text.blocks, {'A "big" storm': "Een 'zware' storm <1>"}))
    assert "content='Een &#39;zware&#39; storm &lt;1&gt;'" in out
    assert '<p title="TIP">SEE <a title="MORE &amp; MORE" href=x>THIS <img alt="DOG"></a>' in out
    assert (
        '<img alt="photo.jpg"><input placeholder="YOUR NAME">!</p><link rel=x title="Feed">' in out
    )


def test_attributes_are_written_when_their_paragraph_is_not():
    text = HtmlText('<p>See <img alt="Dog"> here</p>')
    assert text.render(translate(text.blocks[1:])) == '<p>See <img alt="DOG"> here</p>'


def test_what_is_not_to_be_translated():
    html = (
        "<div translate=no>a<p lang=en>b</p></div><div lang=fr>c</div><p class=notranslate>d</p>e"
    )
    blocks = HtmlText(html).blocks
    assert [(b.source, b.translate) for b in blocks] == [
        ("a", False),
        ("b", False),
        ("c", False),
        ("d", False),
        ("e", True),
    ]
    assert shouted(html).endswith("d</p>E")
    (block,) = HtmlText("<p>the <i lang=fr>mot juste</i>").blocks
    assert (block.source, block.translate) == ("the mot juste", True)


def test_language_attributes_follow_the_translation():
    html = '<div lang="en-US"><p>x <span lang=en>y</span> <i lang="fr">z</i></p></div>'
    text = HtmlText(html)
    assert text.render(text.blocks, "nl") == html
    assert text.render(translate(text.blocks), "nl") == (
        '<div lang="nl"><p>X <span lang="nl">Y</span> <i lang="fr">Z</i></p></div>'
    )


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>keep</p><p>away</p><p>keep</p>", "<p>keep</p><p>keep</p>"),
        ("<p>keep<p>away<p>keep", "<p>keep<p>keep"),
        ("<td>away</td>", "<td></td>"),
        ("<p>keep<br><br>away</p>", "<p>keep<br><br></p>"),
        ("<p><b>away<p>keep</b>", "<p><b><p>keep</b>"),
        ("<li>away</ul>", "</ul>"),
        ("<p>away<div>keep</div>", "<p><div>keep</div>"),
        ("<title>away</title>", "<title>away</title>"),
        ('<p title="Tip">away</p>', ""),
        ("<p>aw<b>ay</p>", "<p>aw<b>ay</p>"),
    ],
)
def test_dropped_blocks_take_their_element_along(html, left):
    text = HtmlText(html)
    for block in translate(text.blocks):
        block.drop = block.source == "away"
        if not block.drop:
            block.segments = []
    assert text.render(text.blocks) == left


def test_ids_have_the_prefix_and_foreign_ids_are_ignored():
    text = HtmlText("<p>a<p>b", "content.")
    assert [block.id for block in text.blocks] == ["content.b1", "content.b2"]
    assert HtmlText("<p>c").render(translate(text.blocks)) == "<p>c"


def test_xhtml_empty_elements():
    html = 'a <a name="x"/>b <span>c</span>'
    (block,) = HtmlText(html, xml=True).blocks
    assert [(tag.kind, tag.start, tag.end) for tag in block.tags] == [("a", 2, 2), ("span", 4, 5)]


def pieces(*words: str) -> st.SearchStrategy[str]:
    """Strings of the given words; ``_`` in a word is a space."""
    every = [word.replace("_", " ") for line in words for word in line.split(" ")]
    return st.lists(st.sampled_from(every), max_size=30).map("".join)


SOUP = pieces(
    "<p> </p> <div> </div> <b> </b> <a_href=x> </a> <br> <br/> <li> <ul> </ul> <td> <!-- -->",
    "<i> </i> <img_alt='dog'> <h1> </h1> < > & &amp; &nbsp; &#9731; &lt; ' \" one two. _ _ \n",
    "<code> </code> <title> </title> <span_class='byline'> </span> <script> </script>",
    "<span_translate=no> </p \x00 <!doctype_html> <?x <b/> <pre> </pre> <![CDATA[ ]]>",
)


@settings(max_examples=100, deadline=None)
@given(SOUP, st.booleans())
def test_untranslated_soup_comes_back_as_it_was(html, xml):
    text = HtmlText(html, xml=xml)
    assert text.render(text.blocks, "nl") == html
    assert "".join(html[token.start : token.end] for token in text.tokens) == html


VISIBLE = pieces(
    "<p> </p> <div> </div> <b> </b> <a_href=x> </a> <br> <li> <ul> </ul> <td> <tr> <!--c-->",
    "<i> </i> <h1> </h1> <br><br> &amp; &nbsp; &lt; a b c. \n _ _ <span> </span> <section>",
    "</section> <img> <dd> <table> </table> <hr> <figure> </figure>",
)


def visible(html: str) -> str:
    text = unescape(re.sub(r"<!--.*?-->|<[^<>]*>", "", html))
    return re.sub(r"[\x00-\x20]", "", text)


@settings(max_examples=100, deadline=None)
@given(VISIBLE)
def test_all_visible_text_is_in_one_block_once(html):
    assert visible("".join(texts(html))) == visible(html)


@settings(max_examples=100, deadline=None)
@given(VISIBLE)
def test_translated_soup_reads_as_the_same_blocks(html):
    before, after = HtmlText(html), HtmlText(shouted(html))
    assert shape(before.blocks) == shape(after.blocks)


@pytest.mark.parametrize(
    "html",
    [
        "<b>" * 50_000 + "x",
        "<div>" * 50_000 + "x",
        "<p><tbody>" * 20_000 + "x" + "<p>x" * 5_000,
        "<b>x" * 20_000 + "</i>" * 20_000,
        "<b>x" * 20_000 + "</b>" * 20_000,
        "<!--" * 50_000,
        "<a b='" * 50_001,
        "<a " * 50_000,
        '<a b="x" ' * 50_000 + "'>'",
        "</" * 50_000,
        "<? " * 50_000,
        "&" * 100_000 + "amp" * 1_000,
        "<script>" * 20_000,
        "<title>" * 20_000,
        "<code>" * 20_000 + "x" + "</code>" * 20_000,
        "<br>" * 20_000 + "<b>" + "<br> " * 20_000,
        " " * 500_000 + "x" + "\x00" * 500_000,
        "word " * 200_000,
        "<p class='" + "a-" * 100_000 + "'>x",
        '<img alt="' + "x " * 100_000,
    ],
)
def test_hostile_input_is_read_in_linear_time(html):
    started = time.process_time()
    text = HtmlText(html)
    assert text.render(text.blocks) == html
    assert text.render(translate(text.blocks))
    assert time.process_time() - started < 10


def test_deep_nesting_keeps_every_tag():
    html = "<p>" + "<b>x" * 200 + "</b>" * 200 + "</p>"
    assert shouted(html) == html.replace("x", "X")


def test_lone_surrogates_do_not_reach_the_text():
    text = HtmlText("<p>a\ud800b</p>\udc80")
    assert [block.source for block in text.blocks] == ["a\ufffdb", "\ufffd"]
    assert text.render(text.blocks) == "<p>a\ud800b</p>\udc80"
