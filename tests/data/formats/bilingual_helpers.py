"""What the tests of XLIFF and TMX share: a pretend translation, hostile XML, schemas."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from koerier.data.formats.base import Options, Source
from koerier.pipeline.story import Origin, Outcome, Segment, Status, Story

SAMPLES = Path(__file__).parent / "samples"
OPTIONS = Options(provenance="koerier 1; test <&>")


def upper(story: Story) -> Story:
    """A translation that shows: capitals; as long as the source, so that tags keep their place."""
    for block in story.blocks:
        if block.translate and not block.segments and block.source:
            block.segments = [Segment(f"{block.id}.s1", block.source, tags=list(block.tags))]
    for segment in story.untranslated():
        capitals = "".join(c.upper() if len(c.upper()) == 1 else c for c in segment.source)
        segment.settle(capitals, Origin("engine", "test", -0.5))
        segment.target_tags = list(segment.tags)
    story.outcome = Outcome.TRANSLATED
    return story


def convert(
    format_, data: bytes, change: Callable[[Story], Story] = upper, options: Options = OPTIONS
) -> bytes:
    document = format_.open(Source("wire.xlf", content=data), options)
    out = io.BytesIO()
    document.write((change(story) for story in document.stories()), out)
    return out.getvalue()


def stories(format_, data: bytes, options: Options = OPTIONS) -> list[Story]:
    return list(format_.open(Source("wire.xlf", content=data), options).stories())


def untouched(story: Story) -> Story:
    return story


def states(story: Story) -> list[Status]:
    return [segment.status for segment in story.segments()]


@cache
def schema(name: str) -> etree.XMLSchema | etree.DTD:
    """A schema from the folder that KOERIER_SCHEMAS names; the test is skipped without it."""
    folder = os.environ.get("KOERIER_SCHEMAS")
    if folder is None:
        pytest.skip("KOERIER_SCHEMAS names no folder")
    path = Path(folder) / name
    return etree.DTD(str(path)) if path.suffix == ".dtd" else etree.XMLSchema(etree.parse(path))


def assert_valid(data: bytes, name: str) -> None:
    schema(name).assertValid(etree.fromstring(data))


HOSTILE = [
    (b"", "not well-formed"),
    (b"<a><b></a>", "not well-formed"),
    (b'<?xml version="1.0" encoding="no-such"?><a/>', "no-such"),
    (b"\xff\xfe\x00", "utf-16"),
    (b"<a>\xff</a>", "utf-8"),
    (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "declares entities"),
    (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "declares entities"),
    (b"<!DOCTYPE a SYSTEM 'http://evil.example/x.dtd'><a>&x;</a>", "undefined entity &x;"),
    (b"<a>&nbsp;</a>", "undefined entity"),
    (b"<a>" * 5000, "nested more than"),
    (b"<html/>", "is not"),
]
