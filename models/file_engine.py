"""``file:PATH``: the finished output of another system, as if it were an engine.

A plain text file is line-aligned: line n is the translation of segment n in document order. An
XLIFF or TMX file is looked up by source text; where a source occurs more than once, its targets are
handed out in the order of the file, the last one again when they run out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree

from koerier.models.engine import Hypothesis
from koerier.models.registry import EngineOptions
from koerier.pipeline.errors import KoerierError

XLIFF_SUFFIXES = (".xlf", ".xliff", ".sdlxliff", ".mqxliff")
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def load(name: str, options: EngineOptions) -> LinesEngine | LookupEngine:
    """Open finished translations.

    Raises:
        KoerierError: if the file cannot be read.
    """
    path = Path(name).expanduser()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KoerierError(error.strerror or str(error), source=name) from error
    if path.suffix.lower() in XLIFF_SUFFIXES:
        return LookupEngine(path, _xliff_pairs(_parse(data, name)))
    if path.suffix.lower() == ".tmx":
        return LookupEngine(path, _tmx_pairs(_parse(data, name), options))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KoerierError(f"is not UTF-8 (byte {error.start})", source=name) from error
    lines = text.split("\n")
    if lines[-1] == "":
        del lines[-1]
    return LinesEngine(path, [line.rstrip("\r") for line in lines])


class LinesEngine:
    """Hands out lines one after another; strings must come in document order, none left out."""

    in_order = True

    def __init__(self, path: Path, lines: Sequence[str]) -> None:
        self.id = f"file:{path.name}"
        self._path = path
        self._lines = lines
        self._next = 0

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """See `koerier.models.engine.Engine.translate`.

        Raises:
            KoerierError: if there are fewer lines than segments.
        """
        first, self._next = self._next, self._next + len(sources)
        if self._next > len(self._lines):
            raise KoerierError(
                f"has {len(self._lines)} lines, fewer than the source has segments "
                f"(at least {self._next})",
                source=str(self._path),
            )
        return [[Hypothesis(line)] for line in self._lines[first : self._next]]

    def finish(self) -> None:
        """Say that the source has ended.

        Raises:
            KoerierError: if lines are left, for then the two were not aligned.
        """
        if self._next != len(self._lines):
            raise KoerierError(
                f"has {len(self._lines)} lines, but the source has {self._next} segments",
                source=str(self._path),
            )


class LookupEngine:
    """Finds translations by their source text."""

    in_order = True

    def __init__(self, path: Path, pairs: Iterator[tuple[str, str]]) -> None:
        self.id = f"file:{path.name}"
        self._path = path
        self._targets: dict[str, list[str]] = {}
        for source, target in pairs:
            self._targets.setdefault(_folded(source), []).append(target)

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """See `koerier.models.engine.Engine.translate`.

        Raises:
            KoerierError: naming a source that the file does not have.
        """
        found = []
        for source in sources:
            targets = self._targets.get(_folded(source))
            if not targets:
                shown = source if len(source) <= 60 else f"{source[:57]}..."
                raise KoerierError(f"has no translation of {shown!r}", source=str(self._path))
            found.append([Hypothesis(targets.pop(0) if len(targets) > 1 else targets[0])])
        return found


def _folded(text: str) -> str:
    return " ".join(text.split())


def _parse(data: bytes, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise KoerierError(f"is not well-formed XML: {error.msg}", source=name) from error
    if root.getroottree().docinfo.internalDTD is not None and b"<!ENTITY" in data:
        raise KoerierError("entity declarations are refused", source=name)
    return root


def _text(element: etree._Element) -> str:
    return "".join(str(text) for text in element.itertext())


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _xliff_pairs(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Source and target of each trans-unit (XLIFF 1.2) or segment (XLIFF 2)."""
    for unit in root.iter():
        if _local(unit) in ("trans-unit", "segment"):
            sides = {_local(child): child for child in unit}
            if "source" in sides and "target" in sides:
                yield _text(sides["source"]), _text(sides["target"])


def _tmx_pairs(root: etree._Element, options: EngineOptions) -> Iterator[tuple[str, str]]:
    for unit in root.iter("tu"):
        sides: dict[str, str] = {}
        for variant in unit.iter("tuv"):
            language = variant.get(XML_LANG) or variant.get("lang") or ""
            segment = variant.find("seg")
            if segment is not None:
                sides[language.split("-")[0].lower()] = _text(segment)
        one = sides.get(options.source_language.split("-")[0].lower())
        other = sides.get(options.target_language.split("-")[0].lower())
        if one is not None and other is not None:
            yield one, other
