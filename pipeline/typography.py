"""Dutch typography for what a translation left in English form, without touching any value.

Rules run in a fixed order; each sees the text as the rules before it left it. A figure is only
rewritten where the source has it in English form, so that what is Dutch already stays. Sources:
Taalunie, taaladvies.net ("Getallen", "Aanhalingstekens", "Gedachtestreepje"); newspaper practice
for times ("15.30 uur") and amounts ("5 miljoen euro").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from koerier.pipeline.numbers import Figure, figures, swap_marks
from koerier.pipeline.rewrite import Rewrite
from koerier.pipeline.story import Edit
from koerier.pipeline.typography_style import AMOUNT, QUOTE_STYLES, RULES, Typography

__all__ = ["Typography", "localise"]

ROUNDS = 4
"""The rules run again until nothing changes, at most so often: one may open the way for another."""

_TIME = re.compile(
    r"(?<![\d.,:–-])(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<minute>[0-5]\d))?\s?"
    r"(?P<half>[ap]\.m\.|[ap]m\b|[AP]\.M\.)(?P<said>\s+uur\b)?"
)
_DOTTED_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d00")
_PERCENT = re.compile(r"(?<=\d)\s?(?:%|percent\b|per cent\b)(?![-\w])")
_ORDINAL = re.compile(r"(?<![\w.,])(?P<number>\d{1,4})(?:st|nd|rd|th)\b(?!\s[A-Z])")
_EM_DASH = re.compile(
    r"(?<=[^\s—])\s*(?<!—)—(?!—)\s*(?=[^\s—])|(?<=\s)--(?=\s)|^—(?=\s)|(?<!—)\s—$"
)
_SPACED = re.compile(
    r"(?P<none>(?<=[\w\"”'’)\]%])[ \t]+(?=[,;:.!?)\]](?:\s|$))|(?<=[(\[])[ \t]+)|[ \t]{2,}"
)
_DOTS = re.compile(r"(?<!\.)\. \. \.(?! ?\.)")
_COMMA_QUOTE = re.compile(r"(?<=\w),(?P<quote>[\"”])(?=\s)")
_DOUBLE_QUOTE = re.compile(r"[\"“”„]")
_APOSTROPHE = re.compile(r"(?<=\w)['’‘](?=\w)|(?<!\w)['’‘](?=(?:s|t|n|k|m|r)\b|\d\d\b)")
_WORD_BEFORE = re.compile(r"[\w'’-]+ $")
_WORD_BEFORE_END = re.compile(r"\S+$")
_SENTENCE_OPENS = re.compile(r"(?:^|[.!?:…][\"'”’)]*\s+|[\"“„‘(•–—-]\s*)$")


@dataclass
class _Task:
    source: str
    text: str
    style: Typography

    @cached_property
    def figures(self) -> Mapping[str, Decimal]:
        """The figures of the source as written, with their worth."""
        return {
            figure.text: figure.english
            for figure in figures(self.source)
            if figure.english is not None
        }


def localise(source: str, target: str, style: Typography) -> list[Edit]:
    """Edits that give `target` Dutch typography; none where it has it already.

    Args:
        source: the English text, whose figures tell how those of the target are meant.
    """
    rewrite = Rewrite(target)
    task = _Task(source, target, style)
    for _ in range(ROUNDS):
        before = rewrite.text
        for name in RULES:
            if name not in style.off:
                rewrite.apply(_FUNCTIONS[name](task))
                task.text = rewrite.text
        if rewrite.text == before:
            break
    return rewrite.edits()


def _dates(task: _Task) -> list[Edit]:
    """May 14, 2024 -> 14 mei 2024; 14 May -> 14 mei; 14 Mei -> 14 mei."""
    patterns, months = task.style.patterns, task.style.months
    found: list[Edit] = []
    for match in patterns.month_day.finditer(task.text):
        if match.group() in task.source and 1 <= int(match["day"]) <= 31:
            year = f" {match['year']}" if match["year"] else ""
            day = match["day"].lstrip("0")
            found.append(Edit(*match.span(), f"{day} {months[match['month']]}{year}"))
    taken = [range(edit.start, edit.end) for edit in found]
    for match in (
        *patterns.day_month.finditer(task.text),
        *patterns.month_year.finditer(task.text),
    ):
        if not any(match.start("month") in span for span in taken):
            found.append(Edit(*match.span("month"), months[match["month"]]))
            taken.append(range(*match.span("month")))
    for match in patterns.capital_month.finditer(task.text):
        start, end = match.span("month") if match["month"] else match.span("before")
        opens = _SENTENCE_OPENS.search(task.text[max(0, start - 10) : start])
        if not (opens or any(start in span for span in taken)):
            found.append(Edit(start, end, task.text[start:end].lower()))
    return sorted(found, key=lambda edit: edit.start)


def _weekdays(task: _Task) -> list[Edit]:
    """Monday, and Maandag inside a sentence -> maandag; Black Friday stays."""
    found = []
    for match in task.style.patterns.weekday.finditer(task.text):
        opens = _SENTENCE_OPENS.search(task.text[: match.start()][-10:]) is not None
        if _in_name(match, task):
            continue
        dutch = task.style.weekdays.get(match["day"], match["day"].lower())
        found.append(Edit(*match.span(), dutch.capitalize() if opens else dutch))
    return found


def _in_name(match: re.Match[str], task: _Task) -> bool:
    """Whether the day belongs to a name: Black Friday, Zwarte Zaterdag, the Mail on Sunday."""
    if re.match(r"[ -][A-Z]", match.string[match.end() :]):
        return True
    if _copied_after(match, task, r" \w+") or _copied_before(match, task):
        return True
    before = _WORD_BEFORE.search(match.string[: match.start()])
    if before is None:
        return False
    opens = _SENTENCE_OPENS.search(match.string[: before.start()][-10:]) is not None
    english = match["day"] in task.source
    return before.group()[0].isupper() and not (opens and english)


def _copied_after(match: re.Match[str], task: _Task, following: str) -> bool:
    """Whether match and following word stand in the source too: a name left untranslated."""
    after = re.compile(following).match(match.string, match.end())
    if after is None or after.group().strip() in task.style.shared_words:
        return False
    token = _WORD_BEFORE_END.search(match.string[: match.end()])
    return token is not None and token.group() + after.group() in task.source


def _copied_before(match: re.Match[str], task: _Task) -> bool:
    before = _WORD_BEFORE.search(match.string[: match.start()])
    if before is None or before.group().strip() in task.style.shared_words:
        return False
    return before.group() + match.group() in task.source


def _times(task: _Task) -> list[Edit]:
    """3 p.m. -> 15.00 uur; 12 a.m. is midnight, 12 p.m. noon (AP Stylebook, "times")."""
    found = []
    for match in _TIME.finditer(task.text):
        hour = int(match["hour"]) % 12 + (12 if match["half"][0] in "pP" else 0)
        text = f"{hour}.{match['minute'] or '00'} {task.style.hour}"
        rest = task.text[match.end() :]
        if match["half"].endswith(".") and not match["said"] and not rest.strip("\"'”’) "):
            text += "."
        found.append(Edit(*match.span(), text))
    return found


def _figure_edits(task: _Task) -> list[Edit]:
    """8,000 -> 8.000 and 3.5 -> 3,5, where the source says that they are meant in English."""
    found = []
    for figure in figures(task.text):
        if _english(figure, task):
            found.append(Edit(figure.start, figure.end, swap_marks(figure.text)))
    return found


def _english(figure: Figure, task: _Task) -> bool:
    """Whether a figure of the target still stands in English form and means an amount.

    A point is only taken for a decimal one where the source has the very same figure: 5.700 may
    be "5.7 thousand" in Dutch form.
    """
    text = figure.text
    if figure.english is None or figure.english == figure.dutch or swap_marks(text) in task.figures:
        return False
    if text in task.figures:
        before = task.text[: figure.start].split()[-1:]
        version = "," not in text and bool(before) and before[0] in task.style.version_words
        clock = task.text[figure.end :].startswith(f" {task.style.hour}")
        return not (version or clock or _DOTTED_THOUSANDS.fullmatch(text))
    if "," not in text:
        return False
    values = task.figures.values()
    return figure.dutch is None or (figure.dutch not in values and figure.english in values)


def _currency(task: _Task) -> list[Edit]:
    """$5 billion, $5 miljard -> 5 miljard dollar; $3 tot $5 miljard -> 3 tot 5 miljard dollar."""
    patterns, style = task.style.patterns, task.style
    found = []
    for match in patterns.amount.finditer(task.text):
        rest = task.text[match.end() : match.end() + 40]
        scale, after = match["scale"], ""
        if scale:
            after = f" {_scale(scale, match['figure'], task)}"
        currency = _currency_of(match, style)
        said = style.currency_words.get("".join(match["sign"].split()))
        ahead = patterns.range_end.match(rest)
        in_range = ahead and not scale and _currency_of(ahead, style) == currency
        if not in_range and not (said and re.match(rf"\s(?:{said})\b", rest)):
            after += f" {currency}"
        found.append(Edit(match.start(), match.start("figure"), ""))
        found.append(Edit(match.end("figure"), match.end(), after))
    return found


def _currency_of(match: re.Match[str], style: Typography) -> str:
    return style.currencies["".join(match["sign"].split())]


def _scales(task: _Task) -> list[Edit]:
    """5 billion -> 5 miljard."""
    found = []
    for match in task.style.patterns.scale.finditer(task.text):
        figure = re.search(rf"{AMOUNT}$", task.text[max(0, match.start() - 20) : match.start() - 1])
        if figure:
            text = _scale(match["scale"], figure.group(), task)
            found.append(Edit(*match.span("scale"), text))
    return found


def _scale(word: str, figure: str, task: _Task) -> str:
    style = task.style
    dutch = style.scales.get(word) or style.amount_scales.get(word, word)
    if word == "trillion" and not re.search(
        rf"{re.escape(swap_marks(figure))}[ -]trillion|{re.escape(figure)}[ -]trillion", task.source
    ):
        return word
    return dutch


def _percent(task: _Task) -> list[Edit]:
    """12% -> 12 procent; 100% Homegrown, a name, stays."""
    return [
        Edit(*match.span(), f" {task.style.percent}")
        for match in _PERCENT.finditer(task.text)
        if not _copied_after(match, task, r" [A-Z]\w*")
    ]


def _ordinals(task: _Task) -> list[Edit]:
    """21st -> 21e; 20th Century Fox stays."""
    return [
        Edit(match.end("number"), match.end(), task.style.ordinal)
        for match in _ORDINAL.finditer(task.text)
        if not (_copied_before(match, task) or _copied_after(match, task, r" \w+"))
    ]


def _dashes(task: _Task) -> list[Edit]:
    found = []
    for match in _EM_DASH.finditer(task.text):
        left = " " if match.start() > 0 and match.group()[0] != "-" else ""
        right = " " if match.end() < len(task.text) and match.group()[-1] != "-" else ""
        if match.start() == 0:
            right = ""
        found.append(Edit(*match.span(), f"{left}{task.style.dash}{right}"))
    return found


def _spacing(task: _Task) -> list[Edit]:
    """One space between words, none before a comma or full stop."""
    return [
        Edit(*match.span(), "" if match["none"] else " ") for match in _SPACED.finditer(task.text)
    ]


def _ellipsis(task: _Task) -> list[Edit]:
    return [Edit(*match.span(), "...") for match in _DOTS.finditer(task.text)]


def _commas(task: _Task) -> list[Edit]:
    """The comma stands after the closing quotation mark in Dutch: "Ja", zei ze."""
    return [Edit(*match.span(), f"{match['quote']},") for match in _COMMA_QUOTE.finditer(task.text)]


def _quotes(task: _Task) -> list[Edit]:
    if task.style.quotes == "source":
        return []
    opening, closing, apostrophe = QUOTE_STYLES[task.style.quotes]
    found = []
    for match in _DOUBLE_QUOTE.finditer(task.text):
        before = task.text[match.start() - 1 : match.start()] if match.start() else ""
        after = task.text[match.end() : match.end() + 1]
        if match.group() in "“„" or (match.group() == '"' and _opens(before, after)):
            found.append(Edit(*match.span(), opening))
        else:
            found.append(Edit(*match.span(), closing))
    for match in _APOSTROPHE.finditer(task.text):
        found.append(Edit(*match.span(), apostrophe))
    return sorted(found, key=lambda edit: edit.start)


def _opens(before: str, after: str) -> bool:
    return (not before or before.isspace() or before in "([–—-/'‘") and not after.isspace()


_FUNCTIONS: Mapping[str, Callable[[_Task], list[Edit]]] = {
    "dates": _dates,
    "weekdays": _weekdays,
    "times": _times,
    "numbers": _figure_edits,
    "currency": _currency,
    "scales": _scales,
    "percent": _percent,
    "ordinals": _ordinals,
    "commas": _commas,
    "quotes": _quotes,
    "dashes": _dashes,
    "spacing": _spacing,
    "ellipsis": _ellipsis,
}
