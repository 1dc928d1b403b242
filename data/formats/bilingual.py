"""Stories as bilingual XLIFF 2.1: what was translated into what, how, and what the checks say.

A story is a ``<file>``, a block a ``<unit>`` named after its role, a segment a ``<segment>``. Text
between segments is ``<ignorable>``. Inline markup becomes inline codes with the raw markup as
``<originalData>``; a tag that runs over segments becomes ``<sc/>`` and ``<ec/>``. Ids are those of
blocks, segments and tags, so that a translator's edits find their way back. Origin and findings
stand in the metadata of the unit (XLIFF 2.1, 5.2), findings in its notes as well.

Characters XML cannot hold become U+FFFD here; the story's own file keeps them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import BinaryIO

from koerier.data.formats.codes import render
from koerier.data.formats.xliff2 import CORE, METADATA, SUB_STATE
from koerier.data.formats.xml_nodes import attribute, text
from koerier.pipeline.story import Block, Finding, Origin, Segment, Severity, Status, Story, Tag

NOT_IN_NMTOKEN = re.compile(r"[^A-Za-z0-9._:-]")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

# XLIFF 2.1, 4.3.1.32 type and 4.3.1.31 subType.
CODE_TYPES = {
    "a": ' type="link"',
    "img": ' type="image"',
    "br": ' type="fmt" subType="xlf:lb"',
    "b": ' type="fmt" subType="xlf:b"',
    "strong": ' type="fmt" subType="xlf:b"',
    "i": ' type="fmt" subType="xlf:i"',
    "em": ' type="fmt" subType="xlf:i"',
    "u": ' type="fmt" subType="xlf:u"',
    "q": ' type="quote"',
}
PRIORITY = {
    Severity.CRITICAL: 1,
    Severity.MAJOR: 3,
    Severity.MINOR: 6,
    Severity.NEUTRAL: 9,
}


def to_xliff(stories: Sequence[Story], provenance: str) -> bytes:
    """All stories in one XLIFF document."""
    out = io.BytesIO()
    with BilingualWriter(out, provenance) as writer:
        for _ in writer.passing(stories):
            pass
    return out.getvalue()


class BilingualWriter:
    """Writes stories one by one as they pass, so that a file of millions needs no memory."""

    def __init__(self, out: BinaryIO, provenance: str) -> None:
        self._out, self._provenance = out, provenance
        self._count = 0

    def __enter__(self) -> BilingualWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            return
        if self._count == 0:
            self._begin("en", "nl")
            # The schema wants a file, and in it a unit or a group.
            self._write('<file id="f0"><group id="empty"/></file>\n')
        self._write("</xliff>\n")

    def passing(self, stories: Iterable[Story]) -> Iterator[Story]:
        """The same stories, each written before it is handed on."""
        for story in stories:
            if self._count == 0:
                self._begin(story.source_language, story.target_language)
            self._count += 1
            for line in _file(story, self._count, self._provenance):
                self._write(line + "\n")
            yield story

    def _begin(self, source: str, target: str) -> None:
        self._write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<xliff xmlns="{CORE}" xmlns:mda="{METADATA}" version="2.1"'
            f' srcLang="{_language(source)}" trgLang="{_language(target)}">\n'
        )

    def _write(self, line: str) -> None:
        self._out.write(line.encode())


def _language(tag: str) -> str:
    plain = tag.replace("_", "-")
    return plain if LANGUAGE.fullmatch(plain) else "und"


def nmtoken(name: str) -> str:
    """An id as XML allows it; other characters become ``_xHHHH_``."""
    return NOT_IN_NMTOKEN.sub(lambda match: f"_x{ord(match[0]):04X}_", name) or "_"


def _meta(**values: str | None) -> str:
    return "".join(
        f'<mda:meta type="{name}">{text(value)}</mda:meta>'
        for name, value in values.items()
        if value is not None
    )


def _file(story: Story, number: int, provenance: str) -> Iterator[str]:
    metadata = story.metadata
    facts = _meta(
        provenance=provenance,
        format=story.format,
        outcome=story.outcome.value if story.outcome else None,
        agency=metadata.agency,
        byline=metadata.byline,
        dateline=metadata.dateline,
        urgency=metadata.urgency,
        embargo=metadata.embargo,
        version=metadata.version,
    )
    yield f'<file id="f{number}" original="{attribute(story.id)}">'
    yield (
        f'<mda:metadata><mda:metaGroup category="{SUB_STATE}">{facts}</mda:metaGroup>'
        "</mda:metadata>"
    )
    for block in story.blocks:
        yield from _unit(block)
    if not story.blocks:
        yield '<group id="empty"/>'
    yield "</file>"


def _unit(block: Block) -> Iterator[str]:
    kept = not block.translate or block.drop
    translate = ' translate="no"' if kept else ""
    yield (
        f'<unit id="{nmtoken(block.id)}" name="{block.role.value}"{translate} xml:space="preserve">'
    )
    segments = block.segments or [
        Segment(f"{block.id}.s1", block.source, tags=[replace(tag) for tag in block.tags])
    ]
    groups = [group for segment in segments for group in _groups(segment)]
    if block.drop:
        groups.insert(0, f'<mda:metaGroup category="block">{_meta(dropped="yes")}</mda:metaGroup>')
    if groups:
        yield f"<mda:metadata>{''.join(groups)}</mda:metadata>"
    notes = [_note(segment, finding) for segment in segments for finding in segment.findings]
    if notes:
        yield f"<notes>{''.join(notes)}</notes>"
    codes = _Codes(block, segments)
    lines = list(_segments(block, segments, codes))
    if codes.data:
        listed = (f'<data id="{name}">{text(raw)}</data>' for raw, name in codes.data.items())
        yield f"<originalData>{''.join(listed)}</originalData>"
    yield from lines
    yield "</unit>"


def _segments(block: Block, segments: Sequence[Segment], codes: _Codes) -> Iterator[str]:
    cursor = 0
    done = block.translated and block.translate
    for segment in segments:
        yield from _ignorable(block.source[cursor : segment.start], done)
        cursor = segment.end
        state = f' state="{segment.status.value}"'
        if segment.origin is not None:
            state += f' subState="{SUB_STATE}:{nmtoken(segment.origin.kind)}"'
        source = render(segment.source, codes.source(segment))
        target = ""
        if segment.target or segment.status is not Status.INITIAL:
            target = f"<target>{render(segment.target, codes.target(segment))}</target>"
        yield (
            f'<segment id="{nmtoken(segment.id)}"{state}>'
            f"<source>{source}</source>{target}</segment>"
        )
    yield from _ignorable(block.source[cursor:], done)


def _ignorable(between: str, done: bool) -> Iterator[str]:
    if between:
        target = f"<target>{text(between)}</target>" if done else ""
        yield f"<ignorable><source>{text(between)}</source>{target}</ignorable>"


class _Codes:
    """The tags of a block as inline codes with one id each over all its segments."""

    def __init__(self, block: Block, segments: Sequence[Segment]) -> None:
        self.data: dict[str, str] = {}  # raw markup -> data id
        taken = {nmtoken(segment.id) for segment in segments}
        ids = [tag.id for segment in segments for tag in segment.tags]
        # Segments and codes of a unit share one space of ids (XLIFF 2.1, 4.3.1.21).
        self._prefix = "t-" if taken & set(map(nmtoken, ids)) else ""
        self._in_source = _reach(segments, [segment.tags for segment in segments])
        self._in_target = _reach(segments, [segment.target_tags for segment in segments])

    def source(self, segment: Segment) -> list[Tag]:
        return self._of(segment.id, segment.tags, self._in_source)

    def target(self, segment: Segment) -> list[Tag]:
        return self._of(segment.id, segment.target_tags, self._in_target)

    def _of(self, segment: str, tags: list[Tag], reach: dict[str, tuple[str, str]]) -> list[Tag]:
        known = {tag.id for tag in tags}
        inside: dict[str | None, list[Tag]] = {}
        for tag in tags:
            inside.setdefault(tag.parent if tag.parent in known else None, []).append(tag)
        codes: list[Tag] = []

        def add(parent: str | None, new_parent: str | None) -> None:
            for tag in inside.get(parent, ()):
                first, last = reach[tag.id]
                if first == last or not tag.paired:
                    codes.append(self._code(tag, new_parent))
                    add(tag.id, tag.id)
                    continue
                if segment == first:
                    codes.append(self._edge(tag, tag.start, new_parent, opens=True))
                add(tag.id, new_parent)
                if segment == last:
                    codes.append(self._edge(tag, tag.end, new_parent, opens=False))

        add(None, None)
        return codes

    def _code(self, tag: Tag, parent: str | None) -> Tag:
        name = self._name(tag)
        look = CODE_TYPES.get(tag.kind, "")
        if not tag.paired:
            raw = f'<ph id="{name}" dataRef="{self._data(tag.open)}"{look}/>'
            return Tag(tag.id, tag.start, tag.end, raw, "", "ph", parent)
        opening, closing = self._data(tag.open), self._data(tag.close)
        raw = f'<pc id="{name}" dataRefStart="{opening}" dataRefEnd="{closing}"{look}>'
        return Tag(tag.id, tag.start, tag.end, raw, "</pc>", "pc", parent)

    def _edge(self, tag: Tag, place: int, parent: str | None, *, opens: bool) -> Tag:
        name = self._name(tag)
        if opens:
            look = CODE_TYPES.get(tag.kind, "")
            raw = f'<sc id="{name}" dataRef="{self._data(tag.open)}"{look}/>'
        else:
            raw = f'<ec startRef="{name}" dataRef="{self._data(tag.close)}"/>'
        return Tag(f"{tag.id}{'<' if opens else '>'}", place, place, raw, "", "", parent)

    def _name(self, tag: Tag) -> str:
        return self._prefix + nmtoken(tag.id)

    def _data(self, raw: str) -> str:
        return self.data.setdefault(raw, f"d{len(self.data) + 1}")


def _reach(
    segments: Sequence[Segment], tags: Sequence[Sequence[Tag]]
) -> dict[str, tuple[str, str]]:
    """By tag id: the ids of the first and the last segment that have it."""
    reach: dict[str, tuple[str, str]] = {}
    for segment, its_tags in zip(segments, tags, strict=True):
        for tag in its_tags:
            first, _ = reach.get(tag.id, (segment.id, segment.id))
            reach[tag.id] = (first, segment.id)
    return reach


def _groups(segment: Segment) -> Iterator[str]:
    if segment.origin is not None:
        yield f'<mda:metaGroup category="origin">{_origin(segment, segment.origin)}</mda:metaGroup>'
    for finding in segment.findings:
        yield f'<mda:metaGroup category="finding">{_finding(segment, finding)}</mda:metaGroup>'


def _origin(segment: Segment, origin: Origin) -> str:
    return _meta(
        segment=nmtoken(segment.id),
        kind=origin.kind,
        id=origin.id or None,
        score=None if origin.score is None else f"{origin.score:.4f}",
        rules=" ".join(origin.rules) or None,
    )


def _finding(segment: Segment, finding: Finding) -> str:
    return _meta(
        segment=nmtoken(segment.id),
        check=finding.check,
        category=finding.category,
        severity=finding.severity.value,
        message=finding.message,
        messageNl=finding.message_nl or None,
        sourceSpan=_span(finding.source_span),
        targetSpan=_span(finding.target_span),
        suggestion=finding.suggestion,
    )


def _span(span: tuple[int, int] | None) -> str | None:
    return None if span is None else f"{span[0]}-{span[1]}"


def _note(segment: Segment, finding: Finding) -> str:
    message = finding.message_nl or finding.message
    return (
        f'<note appliesTo="target" category="{attribute(f"{SUB_STATE}:{finding.check}")}"'
        f' priority="{PRIORITY[finding.severity]}">{text(f"[{segment.id}] {message}")}</note>'
    )
