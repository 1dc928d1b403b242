"""What an HTML element is in the newspaper's sense: by its name, or the class an agency gave it."""

from __future__ import annotations

import re

from koerier.data.formats.html_tokens import Token, elements
from koerier.pipeline.story import Role

_BY_ELEMENT = {
    **dict.fromkeys(("title", "h1", "h2", "h3", "h4", "h5", "h6"), Role.HEADLINE),
    **dict.fromkeys(("figcaption", "caption"), Role.CAPTION),
    **dict.fromkeys(("td", "th"), Role.TABLE_CELL),
    "li": Role.LIST_ITEM,
    "blockquote": Role.QUOTE,
}
_BY_WORD = {
    **dict.fromkeys(("byline", "author", "authors", "bylines"), Role.BYLINE),
    "dateline": Role.DATELINE,
    **dict.fromkeys(("caption", "cutline", "figcaption"), Role.CAPTION),
    **dict.fromkeys(("credit", "credits", "photocredit"), Role.CREDIT),
    **dict.fromkeys(("copyright", "disclaimer"), Role.BOILERPLATE),
    **dict.fromkeys(("timestamp", "published", "updated", "pubdate"), Role.NOTE),
    **dict.fromkeys(("correction", "editorsnote", "ednote"), Role.NOTE),
    **dict.fromkeys(("headline", "hed"), Role.HEADLINE),
    **dict.fromkeys(("pullquote", "blockquote"), Role.QUOTE),
    "slug": Role.SLUG,
}
_SECTIONS = elements("html head body main article section nav header footer ul ol dl table")
"""Too large for a class name, or the role of what is around them, to say what a text in them is."""
_NOT_A_HINT = frozenset(("has", "with", "without", "no", "bio", "biography", "about", "story"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

SHORT_ROLES = frozenset((Role.BYLINE, Role.DATELINE, Role.CREDIT, Role.NOTE, Role.SLUG))
SHORT = 200
"""Characters: a longer text is no byline or credit, whatever its class says."""

META_ROLES = {
    **dict.fromkeys(
        ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "headline"),
        Role.HEADLINE,
    ),
    **dict.fromkeys(
        (
            *("description", "og:description", "twitter:description", "dc.description"),
            *("dcterms.description", "dcterms.abstract", "abstract"),
        ),
        Role.PARAGRAPH,
    ),
    **dict.fromkeys(("og:image:alt", "twitter:image:alt"), Role.CAPTION),
}
"""``meta`` elements whose content is text for people, by name or property in lower case."""

ATTRIBUTES = ("alt", "title", "aria-label", "placeholder")
"""Attributes that hold text for people on any element (HTML 3.2.6; WAI-ARIA 1.2, 6.6)."""


def of_element(token: Token, outer: Role | None) -> Role | None:
    """The role of text in an element that opens inside one of role `outer`; None is a paragraph."""
    own = _BY_ELEMENT.get(token.name)
    if token.name in _SECTIONS:
        return own
    return of_class(token) or own or outer


def of_class(token: Token) -> Role | None:
    """The role that an element's ``class`` or ``itemprop`` hints at."""
    for name in ("itemprop", "class"):
        attribute = token.get(name)
        if attribute is None:
            continue
        for hint in attribute.value.split()[:32]:
            words = [word.lower() for word in _WORD.findall(hint[:100])]
            if _NOT_A_HINT.isdisjoint(words):
                for word in reversed(words):
                    if word in _BY_WORD:
                        return _BY_WORD[word]
    return None


def of_attribute(token: Token, name: str) -> Role:
    """The role of an attribute's text: a picture's is a caption."""
    pictured = name == "alt" or token.name in ("img", "figure", "picture")
    return Role.CAPTION if pictured else Role.PARAGRAPH


def of_meta(token: Token) -> Role | None:
    """The role of a ``meta`` element's content, None if it is no text for people."""
    for key in ("name", "property", "itemprop"):
        attribute = token.get(key)
        if attribute is not None and attribute.value.lower() in META_ROLES:
            return META_ROLES[attribute.value.lower()]
    return None
