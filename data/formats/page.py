"""Stories as a page to read: source and target side by side, findings where they belong.

The page stands alone (no script, no font or image from elsewhere). Markup of the stories is never
copied into it: a text is cut into runs, and a run gets elements of our own for the few kinds of
markup that are safe. Jinja2 escapes everything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from koerier.pipeline.story import (
    Block,
    Finding,
    Origin,
    Outcome,
    Role,
    Segment,
    Severity,
    Status,
    Story,
    Tag,
)
from koerier.pipeline.tables import shipped

if TYPE_CHECKING:
    from jinja2 import Template

ROLES = {
    Role.HEADLINE: "kop",
    Role.BYLINE: "auteur",
    Role.DATELINE: "plaats en datum",
    Role.PARAGRAPH: "",
    Role.QUOTE: "citaat",
    Role.CAPTION: "bijschrift",
    Role.CREDIT: "bron",
    Role.LIST_ITEM: "lijst",
    Role.TABLE_CELL: "tabel",
    Role.BOILERPLATE: "standaardtekst",
    Role.NOTE: "noot",
    Role.SLUG: "slug",
}
ORIGINS = {
    "engine": "machinevertaling",
    "memory": "vertaalgeheugen",
    "rule": "vaste regel",
    "copy": "ongewijzigd overgenomen",
    "reviewer": "redacteur",
}
STATES = {
    Status.INITIAL: "nog niet vertaald",
    Status.TRANSLATED: "vertaald",
    Status.REVIEWED: "nagekeken",
    Status.FINAL: "definitief",
}
SEVERITIES = {
    Severity.NEUTRAL: "Opmerking",
    Severity.MINOR: "Klein",
    Severity.MAJOR: "Ernstig",
    Severity.CRITICAL: "Kritiek",
}
NOTICES = {
    Outcome.ALREADY_TRANSLATED: "Dit bericht was al in de doeltaal en is ongewijzigd gebleven.",
    Outcome.EMPTY: "In dit bericht staat geen tekst om te vertalen.",
}
LANGUAGES = {
    "de": "Duits",
    "en": "Engels",
    "es": "Spaans",
    "fr": "Frans",
    "it": "Italiaans",
    "nl": "Nederlands",
    "pt": "Portugees",
}
ELEMENTS = {"b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em"} | {
    kind: kind for kind in ("sub", "sup")
}
SAFE_SCHEMES = frozenset({"http", "https", "mailto"})
UNSEEN_KINDS = frozenset({"comment", "pi", "cdata"})


@dataclass(frozen=True)
class Run:
    """A stretch of text with one look, or (`chip`, `line_break`) a lone tag."""

    text: str = ""
    href: str | None = None
    elements: tuple[str, ...] = ()
    mark: str = ""
    chip: str = ""
    line_break: bool = False
    title: str = ""


@dataclass
class SegmentView:
    title: str
    state: str
    findings: list[int] = field(default_factory=list)


@dataclass
class Piece:
    """Runs of one segment, or of what stands between two (`segment` is None)."""

    runs: list[Run]
    segment: SegmentView | None = None


@dataclass(frozen=True)
class FindingView:
    number: int
    severity: str
    label: str
    message: str
    category: str
    check: str
    suggestion: str | None


@dataclass(frozen=True)
class BlockView:
    role: str
    label: str
    note: str
    source: list[Piece]
    target: list[Piece]
    findings: list[FindingView]


def to_page(stories: Sequence[Story], provenance: str) -> str:
    """The stories as one self-contained HTML page with a Dutch interface."""
    views = [_story(number, story) for number, story in enumerate(stories, 1)]
    title = views[0]["title"] if len(views) == 1 else f"{len(views)} berichten"
    return _template().render(
        stories=views,
        title=f"{title} – Koerier",
        provenance=provenance,
        css=_trusted_css(),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(shipped("web", "page.html.jinja"))


def _trusted_css() -> str:
    from markupsafe import Markup

    return Markup(shipped("web", "page.css"))


def _story(number: int, story: Story) -> dict[str, Any]:
    counter = iter(range(1, 1 + sum(len(segment.findings) for segment in story.segments())))
    blocks = [_block(block, counter) for block in story.blocks]
    findings = sum(len(block.findings) for block in blocks)
    headline = next((b for b in story.blocks if b.role is Role.HEADLINE), None)
    title = story.id if headline is None else headline.assemble()[0].strip() or story.id
    return {
        "anchor": f"bericht-{number}",
        "title": title,
        "source_language": story.source_language,
        "target_language": story.target_language,
        "source_name": _language(story.source_language),
        "target_name": _language(story.target_language),
        "facts": list(_facts(story, findings)),
        "notice": NOTICES.get(story.outcome, "") if story.outcome else "",
        "blocks": blocks,
        "findings": findings,
    }


def _facts(story: Story, findings: int) -> Iterator[tuple[str, str, str]]:
    metadata = story.metadata
    if metadata.embargo:
        yield "Embargo", metadata.embargo, "alert"
    yield "Bericht", story.id, ""
    named = (
        ("Bureau", metadata.agency),
        ("Versie", metadata.version),
        ("Urgentie", metadata.urgency),
    )
    yield from ((name, value, "") for name, value in named if value)
    waiting = len(story.untranslated())
    if count := sum(1 for _ in story.segments()):
        yield "Segmenten", str(count), ""
    if waiting:
        yield "Onvertaald", str(waiting), "alert"
    if findings:
        yield "Opmerkingen", str(findings), ""


def _language(tag: str) -> str:
    return LANGUAGES.get(tag.split("-")[0].lower(), tag)


def _block(block: Block, counter: Iterator[int]) -> BlockView:
    target, target_tags = block.assemble()
    source_side: list[tuple[int, int, SegmentView, list[Finding]]] = []
    target_side: list[tuple[int, int, SegmentView, list[Finding]]] = []
    findings: list[FindingView] = []
    shift = 0  # of the target against the source, so far
    for segment in block.segments:
        numbers = [next(counter) for _ in segment.findings]
        findings += [_finding(n, f) for n, f in zip(numbers, segment.findings, strict=True)]
        quiet = SegmentView("", segment.status.value)
        full = SegmentView(_explained(segment), segment.status.value, numbers)
        shown = segment.findings
        source_side.append((segment.start, segment.end, quiet, shown))
        start = segment.start + shift
        target_side.append((start, start + len(segment.target), full, shown))
        shift += len(segment.target) - len(segment.source)
    if block.drop:
        note = "weggelaten"
    elif block.translate and block.segments:
        note = ""
    else:
        note = "ongewijzigd"
    if not block.segments:
        target, target_tags = block.source, block.tags
    return BlockView(
        role=block.role.value,
        label=ROLES[block.role],
        note=note,
        source=_pieces(block.source, block.tags, source_side, "source_span"),
        target=[] if block.drop else _pieces(target, target_tags, target_side, "target_span"),
        findings=findings,
    )


def _finding(number: int, finding: Finding) -> FindingView:
    return FindingView(
        number,
        finding.severity.value,
        SEVERITIES[finding.severity],
        finding.message_nl or finding.message,
        finding.category,
        finding.check,
        finding.suggestion,
    )


def _explained(segment: Segment) -> str:
    """What one sees on hovering: state, where the target came from, and the rules applied."""
    parts = [STATES[segment.status].capitalize()]
    origin = segment.origin
    if origin is not None:
        parts.append(" ".join(filter(None, [ORIGINS.get(origin.kind, origin.kind), origin.id])))
        if origin.score is not None:
            parts.append(_score(origin, origin.score))
        if origin.rules:
            parts.append("regels: " + ", ".join(dict.fromkeys(origin.rules)))
    return " · ".join(parts)


def _score(origin: Origin, score: float) -> str:
    if origin.kind == "memory":
        return f"overeenkomst {round(100 * score)}%"
    return f"zekerheid {round(100 * math.exp(min(score, 0.0)))}%"


def _pieces(
    text: str,
    tags: Sequence[Tag],
    segments: Iterable[tuple[int, int, SegmentView, list[Finding]]],
    span: str,
) -> list[Piece]:
    """Cut a text at the edges of its segments; a lone tag on an edge goes with the later part."""
    pieces: list[Piece] = []
    cursor = 0
    lone = [tag for tag in tags if not tag.paired]

    def add(start: int, end: int, view: SegmentView | None, findings: list[Finding]) -> None:
        marks = [
            (start + found[0], start + found[1], finding.severity.value)
            for finding in findings
            if (found := getattr(finding, span)) is not None
        ]
        last = end == len(text)
        here = [t for t in lone if start <= t.start < end or (last and t.start == end)]
        lone[:] = [tag for tag in lone if all(tag is not placed for placed in here)]
        runs = _runs(text, start, end, [*(t for t in tags if t.paired), *here], marks)
        if view is not None and view.title and start == end:
            runs.append(Run(chip="nog niet vertaald"))
        if runs:
            pieces.append(Piece(runs, view))

    for start, end, view, findings in segments:
        add(cursor, start, None, [])
        add(start, end, view, findings)
        cursor = end
    add(cursor, len(text), None, [])
    return pieces


def _runs(
    text: str, start: int, end: int, tags: Sequence[Tag], marks: Sequence[tuple[int, int, str]]
) -> list[Run]:
    edges = {start, end}
    for low, high in [*((t.start, t.end) for t in tags), *((m[0], m[1]) for m in marks)]:
        edges |= {edge for edge in (low, high) if start < edge < end}
    cuts = sorted(edges)
    runs: list[Run] = []
    for low, high in zip(cuts, [*cuts[1:], end], strict=True):
        runs += [lone for t in tags if not t.paired and t.start == low for lone in _lone(t)]
        if low == high:
            continue
        around = [t for t in tags if t.paired and t.start <= low and high <= t.end]
        hrefs = [href for t in around if t.kind == "a" and (href := safe_href(t.open))]
        elements = dict.fromkeys(ELEMENTS[t.kind] for t in around if t.kind in ELEMENTS)
        severities = [
            s for mark_low, mark_high, s in marks if mark_low <= low and high <= mark_high
        ]
        worst = max(severities, key=[s.value for s in Severity].index, default="")
        runs.append(Run(text[low:high], hrefs[-1] if hrefs else None, tuple(elements), worst))
    return runs


def _lone(tag: Tag) -> Iterator[Run]:
    if tag.kind == "br":
        yield Run(line_break=True)
    elif tag.kind not in UNSEEN_KINDS:
        yield Run(chip=tag.kind or "code", title=tag.open[:200])


class _Href(HTMLParser):
    """Takes the ``href`` (or ``xlink:href``) of the first start tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name.rpartition(":")[2]: value for name, value in attrs}
        if self.found is None:
            self.found = values.get("href")


def safe_href(markup: str) -> str | None:
    """The target of a raw link tag if a reader may be sent there: http, https or mailto."""
    parser = _Href()
    parser.feed(markup)
    href = (parser.found or "").strip()
    try:
        scheme = urlsplit(href).scheme.lower()
    except ValueError:
        return None
    # Browsers drop control characters from a URL, so one could hide another scheme.
    return href if scheme in SAFE_SCHEMES and href.isprintable() else None
