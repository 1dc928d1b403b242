"""OASIS XLIFF 1.2: source only or partly translated, written with targets filled in.

A ``<file>`` is a story and a ``<trans-unit>`` a block; the pipeline cuts it in sentences. A unit
that is approved, or has a target in another state than ``new`` or ``needs-translation``, stays as
it is. New targets get the state ``translated`` (``needs-review-translation`` where a check found
something major) and the state-qualifier ``leveraged-mt`` or ``leveraged-tm`` (XLIFF 1.2, 2.5 and
state, state-qualifier); provenance goes into a ``<tool>`` and a ``<phase>`` of the header.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from koerier.data.formats.base import Document, Options, Source
from koerier.data.formats.codes import Vocabulary, airy, read, render
from koerier.data.formats.xliff2 import (
    Change,
    declared_language,
    known_tags,
    role_of,
    target_change,
)
from koerier.data.formats.xml_nodes import Node, XmlFile, attribute, root_of, text
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Block, Origin, Segment, Severity, Status, Story

CORE = "urn:oasis:names:tc:xliff:document:1.2"
OLDER = "urn:oasis:names:tc:xliff:document:1.1"
TOOL = "koerier"

TO_TRANSLATE = frozenset({"new", "needs-translation"})
REVIEWED = {"signed-off": Status.REVIEWED, "final": Status.FINAL}

INLINE = Vocabulary(
    paired=frozenset({"g", "mrk"}),
    starts={"bx": ("rid", "id"), "bpt": ("rid", "id")},
    ends={"ex": ("rid", "id"), "ept": ("rid", "id")},
    id_attributes=("id", "mid"),
    protected=lambda node: node.name == "mrk" and node.attributes.get("mtype") == "protected",
)


class Xliff12:
    name = "xliff-1.2"
    suffixes = (".xlf", ".xliff")

    def sniff(self, source: Source) -> bool:
        name, attributes = root_of(source)
        bare = "urn:oasis:names:tc:xliff:document:" not in attributes and "version='1" in (
            attributes.replace('"', "'").replace(" ", "")
        )
        return name == "xliff" and (CORE in attributes or OLDER in attributes or bare)

    def open(self, source: Source, options: Options) -> Document:
        return Xliff12Document(source, options)


class Xliff12Document:
    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        self._file = XmlFile(source)
        root = self._file.root
        if root.name != "xliff" or root.namespace not in (CORE, OLDER, ""):
            raise KoerierError("is not XLIFF 1.2", source=source.name)
        for file in self._files():
            self._language(file)

    def stories(self) -> Iterator[Story]:
        for file in self._files():
            attributes = file.attributes
            story = Story(
                attributes.get("original") or self._source.stem,
                source_language=attributes.get("source-language") or self._options.source_language,
                target_language=self._language(file),
                format=Xliff12.name,
            )
            story.blocks = [self._block(unit) for unit in file.descendants("trans-unit")]
            yield story

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        changes: list[Change] = []
        for file, story in zip(self._files(), stories, strict=True):
            language = self._language(file)
            changed: list[Change] = []
            units = file.descendants("trans-unit")
            for unit, block in zip(units, story.blocks, strict=True):
                if _wanted(unit) and block.translate and not block.drop and block.translated:
                    changed.append(self._target(unit, block, language))
            if changed:
                if "target-language" not in file.attributes:
                    tag = self._file.with_attributes(file, {"target-language": language})
                    changes.append((file.start, file.inner, tag))
                changes += [*self._provenance(file), *changed]
        out.write(self._file.edited(changes))

    def _files(self) -> list[Node]:
        return [node for node in self._file.root.children if node.name == "file"]

    def _language(self, file: Node) -> str:
        declared = file.attributes.get("target-language")
        return declared_language(declared, self._options.target_language, self._source.name)

    def _block(self, unit: Node) -> Block:
        name = unit.attributes.get("id") or f"u{unit.start}"
        source = _source(unit)
        if source is None:
            raise KoerierError(
                "has no <source>", source=self._source.name, place=f"trans-unit {name}"
            )
        content, tags = read(self._file, [source], INLINE).part(0)
        block = Block(name, role_of(unit.attributes.get("resname")), content, tags)
        block.translate = unit.inherited("translate") != "no"
        target = unit.child("target")
        if target is not None and not _wanted(unit):
            segment = Segment(f"{name}.s1", content, tags=list(tags))
            found, target_tags = read(self._file, [target], INLINE).part(0)
            state = target.attributes.get("state", "")
            approved = unit.attributes.get("approved") == "yes"
            usual = Status.REVIEWED if approved else Status.TRANSLATED
            segment.settle(found, Origin("copy"), REVIEWED.get(state, usual))
            segment.target_tags = known_tags(target_tags, tags)
            block.segments = [segment]
        elif not _wanted(unit):
            block.translate = False
        return block

    def _target(self, unit: Node, block: Block, language: str) -> Change:
        source = _source(unit)
        assert source is not None, "reading has seen it"
        ((lead, trail),) = read(self._file, [source], INLINE).edges
        target, tags = block.assemble()
        markup = render(target, airy(target, tags, block.source, block.tags))
        inner = f"{text(lead)}{markup}{text(trail)}"
        severities = [f.severity for s in block.segments for f in s.findings]
        doubtful = Severity.MAJOR in severities or Severity.CRITICAL in severities
        values = {
            "xml:lang": language,
            "state": "needs-review-translation" if doubtful else "translated",
        }
        kinds = {segment.origin.kind for segment in block.segments if segment.origin}
        if "engine" in kinds:
            values["state-qualifier"] = "leveraged-mt"
        elif "memory" in kinds:
            values["state-qualifier"] = "leveraged-tm"
        values["phase-name"] = TOOL
        return target_change(self._file, unit, inner, values)

    def _provenance(self, file: Node) -> Iterator[Change]:
        """A tool and a phase in the header, in the order its content model wants."""
        group, tag = (self._file.tag_name(file, name) for name in ("phase-group", "header"))
        phase = (
            f'<{self._file.tag_name(file, "phase")} phase-name="{TOOL}"'
            f' process-name="translation" tool-id="{TOOL}"/>'
        )
        tool = (
            f'<{self._file.tag_name(file, "tool")} tool-id="{TOOL}" tool-name="Koerier"'
            f' tool-version="{attribute(self._options.provenance)}"/>'
        )
        header = file.child("header")
        if header is None or header.inner == header.end:
            inner = f"<{tag}><{group}>{phase}</{group}>{tool}</{tag}>"
            if header is not None:
                yield header.start, header.end, inner
            else:
                yield file.inner, file.inner, self._file.indent(file.children[0]) + inner
            return
        phases, skeleton = header.child("phase-group"), header.child("skl")
        if TOOL not in (node.attributes.get("tool-id") for node in header.descendants("tool")):
            if phases is not None:
                yield phases.close, phases.close, phase
                yield phases.end, phases.end, tool
            else:
                place = header.inner if skeleton is None else skeleton.end
                yield place, place, f"<{group}>{phase}</{group}>{tool}"


def _source(unit: Node) -> Node | None:
    """The source with the segment markers another tool has put in, if it has."""
    return unit.child("seg-source") or unit.child("source")


def _wanted(unit: Node) -> bool:
    """True where a translation is wanted: not approved, and no target that counts as done."""
    if unit.attributes.get("approved") == "yes":
        return False
    target = unit.child("target")
    if target is None or target.attributes.get("state") in TO_TRANSLATE:
        return True
    return not any(part.strip() if isinstance(part, str) else True for part in target.content)
