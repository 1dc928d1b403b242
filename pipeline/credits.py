"""Photo credits: ``(AP Photo/Jane Doe, File)`` becomes ``(foto AP/Jane Doe, archief)``."""

from __future__ import annotations

import re

from koerier.pipeline.conventions import Conventions, named

_BRACKETED = re.compile(r"\((?P<credit>[^()]{2,200})\)\.?\s*$")
_UNBRACKETED = re.compile(
    r"(?:(?<=[.!?\"”] )|^)(?P<credit>(?:[^.()]{2,80} via )?REUTERS(?: ?/ ?[^()]{2,120})?"
    r"|(?:AFP|AP|EPA)(?:-EFE)?(?: PHOTO| Photo| photo)? ?/ ?[^()]{2,120})$"
)
_CREDIT_MARKS = re.compile(r"(\s*/\s*|,\s*|\s+via\s+)")
_CREDIT_BY = re.compile(r"(?:photo|picture|image)(?: by|:) (?P<who>.+)", re.IGNORECASE)
_CREDIT_COURTESY = re.compile(r"(?:photo )?courtesy(?: of)? (?P<who>.+)", re.IGNORECASE)


def closing_credit(
    text: str, conventions: Conventions, *, caption: bool
) -> tuple[int, int, str] | None:
    """Range and Dutch form of the credit at the end of a caption, or of another text."""
    text = text.rstrip()
    match = _BRACKETED.search(text)
    if match:
        target = credit(match["credit"], conventions, caption=caption)
        return None if target is None else (match.start(), match.end("credit") + 1, f"({target})")
    match = _UNBRACKETED.search(text)
    target = credit(match["credit"], conventions, caption=caption) if match else None
    if match is None or target is None:
        return None
    return match.start("credit"), match.end("credit"), target


def credit_block(text: str, conventions: Conventions) -> str | None:
    """Dutch for a text that the file says is a credit, with or without brackets."""
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    if "(" in inner or len(inner) > 200:
        return None
    target = credit(inner, conventions, sure=True)
    if target is None:
        return None
    return f"({target})" if inner != text else target


def credit(
    text: str, conventions: Conventions, *, caption: bool = True, sure: bool = False
) -> str | None:
    """A photo credit without its brackets in Dutch, names kept; None if it is not a credit.

    Args:
        caption: whether it closes a caption; elsewhere it must name an agency.
        sure: the file says that it is a credit.
    """
    pieces = _CREDIT_MARKS.split(text.strip())
    if not sure and not _is_credit(pieces, conventions, caption):
        return None
    done = []
    for number, piece in enumerate(pieces):
        found = None
        if number % 2 == 0:
            found = _credit_item(piece, conventions) or _credited(piece, conventions)
            if found is None and number == 0:
                found = _agency_item(piece, conventions)
        done.append(piece if found is None else found)
    return "".join(done)


def _is_credit(pieces: list[str], conventions: Conventions, caption: bool) -> bool:
    first, last = pieces[0], pieces[-1].strip()
    marks = [mark.strip() for mark in pieces[1::2]]
    via = [name.strip() for mark, name in zip(marks, pieces[2::2], strict=True) if mark == "via"]
    if _agency_item(first, conventions) is not None:
        return True
    if first in conventions.agencies and marks[:1] == ["/"]:
        return True
    if any(name in conventions.agencies for name in via):
        return True
    if not caption:
        return False
    if len(pieces) == 1 and first in conventions.agencies:
        return True
    known = _credit_item(first, conventions) is not None
    return (
        (bool(via) and named(via[0]) and (known or named(first)))
        or (last in conventions.agencies and "/" in marks)
        or (known and len(pieces) == 1)
        or _CREDIT_BY.fullmatch(first) is not None
        or _CREDIT_COURTESY.fullmatch(first) is not None
    )


def _agency_item(text: str, conventions: Conventions) -> str | None:
    """Dutch for an agency and what it made: AP Photo, foto AP."""
    agency, _, what = text.rpartition(" ")
    dutch = conventions.credits.get(what.casefold())
    if agency not in conventions.agencies or dutch is None:
        return None
    return f"{dutch} {agency}"


def _credit_item(text: str, conventions: Conventions) -> str | None:
    key = text.strip().casefold()
    if key in conventions.credits:
        return conventions.credits[key]
    for english, dutch in conventions.nations.items():
        if key.startswith(english.casefold() + " "):
            template = conventions.credits.get("{nation}" + key[len(english) :])
            if template is not None:
                return template.replace("{nation}", dutch)
    owner, photo = key.removesuffix(" photo"), conventions.credits.get("photo")
    if owner != key and photo is not None and _credit_item(owner, conventions) is not None:
        return f"{photo} {_credit_item(owner, conventions)}"
    return None


def _credited(text: str, conventions: Conventions) -> str | None:
    by = _CREDIT_BY.fullmatch(text)
    if by:
        return f"{conventions.credits.get('photo', 'foto')} {by['who']}"
    courtesy = _CREDIT_COURTESY.fullmatch(text)
    if courtesy and "handout" in conventions.credits:
        return f"{conventions.credits['handout']} door {courtesy['who']}"
    return None
