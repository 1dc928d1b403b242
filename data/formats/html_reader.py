"""One pass over the tokens of HTML that finds its blocks and the place of each.

A run is a stretch of text and inline markup between two block-level tags, or an empty line of
``<br><br>``; each run that has text is one block, so nothing visible is lost or seen twice,
however badly tags are nested. Texts for people in attributes are blocks too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from koerier.data.formats import html_roles
from koerier.data.formats.html_runs import Item, Run, RunText, plain
from koerier.data.formats.html_tokens import Attribute, Kind, Token, elements
from koerier.pipeline.story import Block, Role

BLOCK_ELEMENTS = elements(
    "address article aside base blockquote body caption center col colgroup dd details dialog dir"
    " div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header"
    " hgroup hr html legend li listing main menu nav noframes ol optgroup option p plaintext pre"
    " search section summary table tbody td tfoot th thead title tr ul xmp"
)
EMBEDDED = elements(
    "applet audio canvas embed iframe img input math meter object picture progress select svg"
    " textarea video"
)
"""Takes its place in the line, but has no words of the sentence around it."""
WORDED = elements("code kbd samp tt var")
"""Left as it stands, though its words are part of the sentence around it."""
OPAQUE = (
    EMBEDDED
    | WORDED
    | elements("datalist listing noembed noframes noscript plaintext pre script style template xmp")
)

# HTML 13.1.2.4, optional tags: the start tag closes such an element if one is open in the scope.
_IMPLIED_ENDS = {
    "li": ({"li"}, {"ul", "ol", "menu", "dir"}),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "tr": ({"tr"}, {"table", "tbody", "thead", "tfoot"}),
    "body": ({"head"}, {"html"}),
}
_CLOSES_P = elements(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section table ul"
)
_P_SCOPE = _CLOSES_P - {"p", "hr"} | {"body", "caption", "dd", "dt", "html", "li", "td", "th"}
_DROPPED_WHOLE = elements("p li dd dt h1 h2 h3 h4 h5 h6 div blockquote")
_END_OPTIONAL = frozenset(("p", "li", "dd", "dt"))

DEPTH_LIMIT = 512
"""Open elements kept track of, as in browsers; deeper ones count as their siblings."""

_NO_PROSE = re.compile(r"\S+\.\w{2,5}|\w+://\S+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: ``[start, end)``, and what goes with it when it is dropped."""

    start: int
    end: int
    whole: tuple[int, int] | None = None
    attribute: Attribute | None = None
    tags: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Range of the raw opening markup of each tag."""


@dataclass(frozen=True, slots=True)
class _Element:
    """An open element, and what it says of the text in it."""

    name: str
    role: Role | None = None
    translate: bool = True
    foreign: bool = False


class Reader:
    """One pass over the tokens: open elements, runs, attributes."""

    def __init__(self, text: str, tokens: Sequence[Token], language: str) -> None:
        self._text = text
        self._tokens = tokens
        self._language = primary(language)
        self._elements = [_Element("")]
        self._open: Counter[str] = Counter()
        self._run = Run()
        self._opener: Token | None = None
        """The start tag that the run began behind, if it is the run's alone."""
        self._found: list[tuple[Block, Place]] = []

    def read(self) -> list[tuple[Block, Place]]:
        partners = _partners(self._tokens)
        position = 0
        while position < len(self._tokens):
            position = self._step(position, partners)
        self._flush(None)
        return self._found

    def _step(self, position: int, partners: dict[int, int]) -> int:
        """Take in the token, and what belongs to it; returns the position behind that."""
        token = self._tokens[position]
        if position in partners:
            last = partners[position]
            self._opaque(token, self._tokens[last].end)
            return last + 1
        if token.name in BLOCK_ELEMENTS and token.kind in (Kind.OPEN, Kind.CLOSE):
            self._flush(token)
            self._opener = None
            if token.kind is Kind.OPEN:
                self._begin(token)
            else:
                self._end(token.name)
            return position + 1
        if token.name == "br" and self._run.divisible:
            after = self._empty_line(position)
            if after:
                self._flush(None)
                self._opener = None
                return after
        self._inline(token)
        return position + 1

    def _begin(self, token: Token) -> None:
        if token.name in _CLOSES_P:
            self._end_implied({"p"}, _P_SCOPE)
        if token.name in _IMPLIED_ENDS:
            self._end_implied(*_IMPLIED_ENDS[token.name])
        outer = self._elements[-1]
        self._read_attributes(token)
        if token.empty:
            return
        self._opener = token
        translate, foreign = translate_flag(token), outer.foreign
        language = token.get("lang") or token.get("xml:lang")
        if language is not None and language.value.strip() and token.name != "html":
            foreign = primary(language.value) != self._language
        if len(self._elements) < DEPTH_LIMIT:
            self._open[token.name] += 1
            self._elements.append(
                _Element(
                    token.name,
                    html_roles.of_element(token, outer.role),
                    outer.translate if translate is None else translate,
                    foreign,
                )
            )

    def _end(self, name: str) -> None:
        if self._open[name]:
            while True:
                ended = self._elements.pop().name
                self._open[ended] -= 1
                if ended == name:
                    break

    def _end_implied(self, names: Set[str], scope: Set[str]) -> None:
        for element in reversed(self._elements):
            if element.name in names:
                self._end(element.name)
            if element.name in names or element.name in scope:
                return

    def _opaque(self, token: Token, end: int) -> None:
        if token.name in BLOCK_ELEMENTS:
            self._flush(None)
            self._opener = None
            return
        if translate_flag(token) is not False:
            self._read_attributes(token)
        worded = token.name in WORDED or token.name not in OPAQUE
        solid = worded or token.name in EMBEDDED
        self._run.add(Item(token.start, end, None, token, token.name, solid=solid, worded=worded))

    def _inline(self, token: Token) -> None:
        item = Item(token.start, token.end, None, token, token.name)
        if token.kind is Kind.TEXT:
            item.text = plain(self._text[token.start : token.end])
            self._run.add(item)
        elif token.kind is Kind.CLOSE:
            self._run.close(item)
        elif token.kind is Kind.OPEN:
            self._read_attributes(token)
            item.solid = token.name in EMBEDDED
            if token.empty:
                self._run.add(item)
            else:
                self._run.open(item)
        else:
            item.kind = "comment" if token.kind is Kind.COMMENT else token.name
            self._run.add(item)

    def _empty_line(self, position: int) -> int:
        """The position behind two or more ``<br>`` that begin here; 0 if there is but one."""
        after, breaks = 0, 0
        for index in range(position, len(self._tokens)):
            token = self._tokens[index]
            if token.name == "br":
                breaks += 1
                after = index + 1
            elif token.kind is not Kind.TEXT or plain(self._text[token.start : token.end]) != " ":
                break
        return after if breaks > 1 else 0

    def _flush(self, boundary: Token | None) -> None:
        """Make the run a block; `boundary` is the block-level tag that ends it."""
        run, self._run = self._run, Run()
        built = run.build(self._text)
        if built is None:
            return
        element = self._elements[-1]
        hinted = html_roles.of_class(built.wrapper) if built.wrapper else None
        role = hinted or element.role or Role.PARAGRAPH
        if role in html_roles.SHORT_ROLES and len(built.text) > html_roles.SHORT:
            role = Role.PARAGRAPH
        translate = element.translate and not element.foreign
        place = Place(
            built.start,
            built.end,
            self._whole(run, built, boundary),
            tags=built.ranges,
        )
        block = Block("", role, built.text, built.tags, translate=translate)
        self._found.append((block, place))

    def _whole(self, run: Run, built: RunText, boundary: Token | None) -> tuple[int, int] | None:
        """What leaves the file with a block: its element, or its text where others share that."""
        if not built.balanced or self._elements[-1].name == "title":
            return None
        opener = self._opener
        if opener is None or opener.name not in _DROPPED_WHOLE or not run.balanced:
            return built.start, built.end
        same = boundary is not None and boundary.name == opener.name
        if boundary is not None and boundary.kind is Kind.CLOSE and same:
            return opener.start, boundary.end
        if opener.name in _END_OPTIONAL and (
            boundary is None or boundary.kind is Kind.CLOSE or same
        ):
            return opener.start, built.end
        return built.start, built.end

    def _read_attributes(self, token: Token) -> None:
        element = self._elements[-1]
        if not element.translate or element.foreign or token.name in ("link", "style", "script"):
            return
        if token.name == "meta":
            role = html_roles.of_meta(token)
            if role is None:
                return
        else:
            role = None
        for name in html_roles.ATTRIBUTES if role is None else ("content",):
            attribute = token.get(name)
            if attribute is None:
                continue
            text = plain(attribute.value).strip(" ")
            if any(map(str.isalpha, text)) and not _NO_PROSE.fullmatch(text):
                block = Block("", role or html_roles.of_attribute(token, name), text)
                place = Place(attribute.start, attribute.end, attribute=attribute)
                self._found.append((block, place))


def primary(language: str) -> str:
    return language.strip().split("-")[0].lower()


def translate_flag(token: Token) -> bool | None:
    """What ``translate`` (HTML 3.2.6.3) or Google's class ``notranslate`` says, None if nothing."""
    attribute = token.get("translate")
    if attribute is not None:
        return attribute.value.strip().lower() != "no"
    classes = token.get("class")
    if classes is not None and "notranslate" in classes.value.split():
        return False
    return None


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    """The end tag's index for each start tag of an inline or opaque element left as it stands."""
    open_tags: defaultdict[str, list[int]] = defaultdict(list)
    opaque: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind is Kind.OPEN and not token.empty:
            block = token.name in BLOCK_ELEMENTS
            if token.name in OPAQUE or (not block and translate_flag(token) is False):
                opaque.add(index)
    names = {tokens[index].name for index in opaque}
    partners: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.name not in names:
            continue
        if token.kind is Kind.OPEN and not token.empty:
            open_tags[token.name].append(index)
        elif token.kind is Kind.CLOSE and open_tags[token.name]:
            start = open_tags[token.name].pop()
            if start in opaque:
                partners[start] = index
    return partners
