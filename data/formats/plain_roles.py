"""What a paragraph of plain wire text is, by its looks: the only markup such a text has.

The shapes are those of English-language wires: ANPA-style slugs (``BC-EU--Ukraine,3rd
Ld-Writethru,0500``), Reuters slugs (``UKRAINE-CRISIS/GRAIN``), ``Eds:`` notes, ``By JANE DOE``.
Datelines and credits inside a paragraph are not looked at here.
"""

from __future__ import annotations

import re

from koerier.pipeline.story import Role

HEADLINE_LIMIT = 160
"""Characters a headline may have."""
_BYLINE_WITHIN = 8
"""A byline stands among the first so many blocks."""
_LONGEST = 300
"""Characters: a longer paragraph is running text, whatever it begins or ends with."""

_SLUG = re.compile(
    r"(?:[A-Z]{2,4}-)?[A-Z]{2,4}--\S.*|BC-\S.*"
    r"|\S[^.]*, ?(?:\d(?:st|nd|rd|th) (?:Ld|Add|Urgent)|(?:Ld-)?Writethru|NewsAlert)\b.*"
    r"|[A-Z0-9]+(?:-[A-Z0-9]+)*/(?:[A-Z0-9-]+)?(?: \([A-Z0-9 ,.]+\))?"
)
_NOTE = re.compile(
    r"(?:Eds|EDS|Editors?|EDITORS?|Editor'?s'? [Nn]ote|ATTN|ATTENTION|Note to editors?|Advisory"
    r"|ADVISORY|HOLD FOR RELEASE|EMBARGO(?:ED)?|CORRECTS?|UPDATES?)\b[^.:]{0,40}:.*"
    r"|\(?(?:[Ww]ord count:? ?)?\d[\d,.]* ?[Ww]ords?\)?",
    re.DOTALL,
)
_BOILERPLATE = re.compile(
    r"(?:©|\([cC]\) |Copyright\b).*|.{0,200}\b[Aa]ll rights reserved\.?"
    r"|(?:(?:Media|Press) )?[Cc]ontacts?:.*|(?:Tel|Telephone|Phone|E-?mail|Fax):.*",
    re.DOTALL,
)
_BYLINE = re.compile(r"(?:By|BY|by) (?=[A-Z])")
_JOINING = {
    *("and", "with", "of", "for", "the", "in", "at", "&", "|", "-", "/"),
    *("al", "bin", "da", "de", "del", "den", "der", "di", "dos", "du", "el", "la", "le", "ten"),
    *("ter", "van", "von", "y"),
}
"""Lower-case words between the names and titles of a byline."""
_FUNCTION = re.compile(
    r".{0,60}\b(?:Writers?|Reporters?|Correspondents?|Editors?|Press|Agency|News|Reuters"
    r"|Chief|Columnist)"
)
_DATELINE = re.compile(
    r"[A-Z][A-Z .,'’-]+(?:, [A-Z][\w., ]{1,40})? \([A-Z][A-Za-z ]{1,30}\)\s*[-–—]*"
)
_IN_DATELINE = re.compile(r"\([A-Z][A-Za-z ]{1,30}\)\s*[-–—]")
_CAPTION = re.compile(
    r"(?:(?:PHOTO|IMAGE|VIDEO|GRAPHIC) )?(?:CAPTION|Caption|Photo|PHOTO|IMAGE|Image|GRAPHIC)s?:"
    r"|FILE ?[-–—]{1,2} "
)
_PICTURE_CREDIT = re.compile(
    r"\([^()]*(?:\b(?:Photos?|photos?|Image|Pool)\b|/[^()]*\bvia [A-Z])[^()]*\)\Z"
)
_CREDIT = re.compile(r"\([^()]*\b(?:Photo|Image|Graphic|Pool)\b[^()]*\)")
_CREDIT_WITHIN = 250
_ABBREVIATED = re.compile(r".*\b(?:[A-Z]\.)+", re.DOTALL)

_BY_PATTERN = (
    (_SLUG, Role.SLUG),
    (_NOTE, Role.NOTE),
    (_BOILERPLATE, Role.BOILERPLATE),
    (_DATELINE, Role.DATELINE),
)


def is_byline(text: str) -> bool:
    """Whether a line is nothing but a byline: ``By JANE DOE and JOHN ROE, Political Editor``."""
    match = _BYLINE.match(text)
    if match is None or len(text) > HEADLINE_LIMIT:
        return False
    words = text[match.end() :].split()
    if words[-1].endswith(".") and not _ABBREVIATED.fullmatch(words[-1]):
        return False
    return all(word[0].isupper() or word in _JOINING for word in words) and not any(
        char.isdigit() for char in text
    )


def _is_headline(text: str) -> bool:
    if len(text) > HEADLINE_LIMIT or _IN_DATELINE.search(text):
        return False
    return not text.endswith((".", ",", ";", ":")) or bool(_ABBREVIATED.fullmatch(text))


class Roles:
    """Gives each block its role, told of the blocks and separators in order.

    Args:
        story: the text is a whole story, with its headline in front.
    """

    def __init__(self, story: bool) -> None:
        self._story = story
        self._texts: list[str] = []
        self._roles: list[Role] = []
        self._separated = False
        """Whether a separator followed the last block."""

    def separator(self) -> None:
        """What comes now is set apart by a line such as ``___``."""
        self._separated = True

    def add(self, text: str, *, item: bool = False, cell: bool = False) -> None:
        """The next block; `item` of a list, `cell` of a table."""
        if cell:
            role = Role.TABLE_CELL
        elif item:
            role = Role.LIST_ITEM
        else:
            role = self._of_text(text)
        self._texts.append(text)
        self._roles.append(role)
        self._separated = False

    def settle(self) -> list[Role]:
        """The role of every block, now that it is known what follows."""
        if self._story and (len(self._roles) > 1 or self._separated):
            for index, (text, role) in enumerate(zip(self._texts, self._roles, strict=True)):
                if role is Role.PARAGRAPH and _is_headline(text):
                    self._roles[index] = Role.HEADLINE
                if role not in (Role.SLUG, Role.NOTE, Role.BYLINE):
                    break
        return self._roles

    def _of_text(self, text: str) -> Role:
        if _CAPTION.match(text) or _PICTURE_CREDIT.search(text[-_CREDIT_WITHIN:]):
            return Role.CREDIT if _CREDIT.fullmatch(text) else Role.CAPTION
        if len(text) > _LONGEST:
            return Role.PARAGRAPH
        if len(self._roles) < _BYLINE_WITHIN:
            follows_byline = self._roles[-1:] == [Role.BYLINE] and not self._separated
            if is_byline(text) or (follows_byline and _FUNCTION.fullmatch(text)):
                return Role.BYLINE
        for pattern, role in _BY_PATTERN:
            if pattern.fullmatch(text):
                return role
        return Role.PARAGRAPH
