"""Datelines: ``KHARKIV, Ukraine (AP) —`` becomes ``CHARKOV (AP) –``."""

from __future__ import annotations

import re

from koerier.pipeline.conventions import Conventions, named, namesake, place

_DASH = r"(?P<dash>—|–|--|-|_|:)"
_DATELINE = re.compile(
    rf"(?P<head>[^()\n]{{0,90}}?)(?<!\s)\s*\((?P<agency>[^()]{{2,40}})\)\s*{_DASH}(?=\s|$)"
)
_BARE_DATELINE = re.compile(r"(?P<head>[^()\n]{2,60}?)\s*(?P<dash>—|–|--|-)(?=\s)")
_DATELINE_BLOCK = re.compile(
    rf"(?P<head>[^()\n]{{2,90}}?)(?:\s*\((?P<agency>[^()]{{2,40}})\))?(?:\s*{_DASH})?"
)
_DATE = re.compile(
    r"(?:^|,?\s+)(?:(?P<month>[A-Z][a-z]{2,8}\.?) (?P<day>\d{1,2})|"
    r"(?P<day_first>\d{1,2}) (?P<month_last>[A-Z][a-z]{2,8}\.?))(?:,? (?P<year>\d{4}))?$"
)


def dateline(text: str, conventions: Conventions) -> tuple[int, str] | None:
    """Where the dateline at the start of a paragraph ends, and its Dutch form.

    Without a known agency in brackets the place must be in the table of places.
    """
    skip = len(text) - len(text.lstrip())
    match = _DATELINE.match(text, skip)
    if match:
        trusted = _known_agency(match["agency"], conventions)
        head = _dateline_head(match["head"], conventions, trusted)
        if head is None:
            return None
        target = f"{head} ({match['agency']}) {conventions.dash}".lstrip()
    else:
        match = _BARE_DATELINE.match(text, skip)
        if match is None or not match["head"].partition(",")[0].isupper():
            return None
        head = _dateline_head(match["head"], conventions, False)
        if head is None:
            return None
        target = f"{head} {conventions.dash}"
    return match.end(), target


def dateline_block(text: str, conventions: Conventions) -> str | None:
    """Dutch for a text that the file says is a dateline; None if it does not look like one."""
    match = _DATELINE_BLOCK.fullmatch(text)
    head = _dateline_head(match["head"], conventions, True) if match else None
    if match is None or head is None:
        return None
    agency = f" ({match['agency']})" if match["agency"] else ""
    return head + agency + (f" {conventions.dash}" if match["dash"] else "")


def _known_agency(name: str, conventions: Conventions) -> bool:
    return all(part.strip() in conventions.agencies for part in name.split("/"))


def _dateline_head(head: str, conventions: Conventions, trusted: bool) -> str | None:
    """Dutch for the places and date before the agency; None if it does not look like that.

    Args:
        trusted: a known agency follows, so that a place need not be in the table.
    """
    head = head.strip()
    if not head:
        return "" if trusted else None
    date = _DATE.search(head)
    day = ""
    if date:
        month = conventions.months.get(date["month"] or date["month_last"])
        if month is None:
            return None
        head = head[: date.start()].rstrip()
        day = f"{', ' if head else ''}{date['day'] or date['day_first']} {month}"
        day += f" {date['year']}" if date["year"] else ""
        if not head:
            return day if trusted else None
    done = []
    one_place = head.casefold() in conventions.places
    for part in [head] if one_place else re.split(r"(\s*/\s*)", head):
        if part.strip() == "/":
            done.append(part)
            continue
        target = _dateline_place(part, conventions, trusted)
        if target is None:
            return None
        done.append(target)
    return "".join(done) + day


def _dateline_place(text: str, conventions: Conventions, trusted: bool) -> str | None:
    city, comma, region = text.partition(",")
    region = region.strip()
    if comma and not region:
        return None
    known_region = region.casefold() in conventions.regions
    for word, dutch in conventions.dateline_words.items():
        if city.casefold().startswith(word + " ") and city.isupper():
            inner = _dateline_place(city[len(word) + 1 :] + comma + region, conventions, trusted)
            return None if inner is None else f"{dutch} {inner}"
    known = city.casefold() in conventions.places
    if not known and not (known_region and city.isupper()) and not (trusted and named(city)):
        return None
    target = place(city, conventions, region)
    if namesake(city, conventions, region):
        return f"{target}, {conventions.states.get(region.casefold(), region)}"
    if not region or (known_region and conventions.drop_region):
        return target
    return f"{target}, {place(region, conventions)}"
