"""Finished output of another translation system, read from a file: XLIFF, TMX, or lines of text.

XLIFF 1.2 and 2.x, and TMX 1.4, are looked up by source text: the n-th time a text is asked for, its
n-th translation in the file is given, and the last one from then on. Lines of plain text are handed
out by position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree

from koerier.models.engine import Hypothesis
from koerier.models.registry import EngineOptions
from koerier.pipeline.errors import KoerierError

SUFFIXES = (".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".tmx")
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# Elements whose content is code of the native format, not text (XLIFF 1.2, 2.4; TMX 1.4b, 3.2).
NATIVE_CODE = frozenset({"ph", "bpt", "ept", "it", "ut", "x", "bx", "ex", "sc", "ec", "sm", "em"})


def load(name: str, options: EngineOptions) -> FileEngine:
    """Read the file.

    Raises:
        KoerierError: if it cannot be read or holds no translations.
    """
    path = Path(name).expanduser()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KoerierError(error.strerror or str(error), source=name) from error
    if path.suffix.lower() in SUFFIXES:
        return LookupEngine(path, _pairs(content, str(path), options))
    return LinesEngine(path, _lines(content, str(path)))


class FileEngine:
    """Hands out translations in document order."""

    in_order = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = f"file:{path.name}"

    def translate(
        self, sources: Sequence[str], *, alignment: bool = False, alternatives: int = 1
    ) -> list[list[Hypothesis]]:
        """The next translations; neither alignment nor alternatives are known."""
        return [[Hypothesis(self._next(source))] for source in sources]

    def finish(self) -> None:
        """Say that no more strings will come.

        Raises:
            KoerierError: if the file has translations left over, so that they do not belong to
                what was translated.
        """

    def _next(self, source: str) -> str:
        raise NotImplementedError


class LinesEngine(FileEngine):
    """Line n belongs to the n-th string."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        super().__init__(path)
        self._lines = lines
        self._given = 0

    def finish(self) -> None:
        """See `FileEngine.finish`."""
        if self._given < len(self._lines):
            raise KoerierError(
                f"has {len(self._lines)} lines, but the source has {self._given} segments",
                source=str(self.path),
            )

    def _next(self, source: str) -> str:
        if self._given == len(self._lines):
            raise KoerierError(
                f"has {len(self._lines)} lines, fewer than the source has segments: "
                f"none is left for {_quoted(source)}",
                source=str(self.path),
            )
        self._given += 1
        return self._lines[self._given - 1]


class LookupEngine(FileEngine):
    """Translations by source text."""

    def __init__(self, path: Path, pairs: Iterator[tuple[str, str]]) -> None:
        super().__init__(path)
        self._targets: defaultdict[str, list[str]] = defaultdict(list)
        self._asked: defaultdict[str, int] = defaultdict(int)
        for source, target in pairs:
            self._targets[source].append(target)
        if not self._targets:
            raise KoerierError("holds no translation for these languages", source=str(path))

    def _next(self, source: str) -> str:
        key = _collapsed(source)
        if not key:
            return ""
        targets = self._targets.get(key)
        if targets is None:
            raise KoerierError(f"has no translation of {_quoted(source)}", source=str(self.path))
        self._asked[key] += 1
        return targets[min(self._asked[key], len(targets)) - 1]


def _lines(content: bytes, name: str) -> list[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KoerierError(f"is not UTF-8 (byte {error.start})", source=name) from error
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _pairs(content: bytes, name: str, options: EngineOptions) -> Iterator[tuple[str, str]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise KoerierError(f"is not well-formed: {error.msg}", source=name) from error
    if next(root.iter(etree.Entity), None) is not None:
        raise KoerierError("refers to an entity of its own, which is refused", source=name)
    if etree.QName(root).localname == "tmx":
        return _tmx(root, options.source_language, options.target_language)
    if etree.QName(root).localname == "xliff":
        return _xliff(root)
    raise KoerierError("is neither XLIFF nor TMX", source=name)


def _xliff(root: etree._Element) -> Iterator[tuple[str, str]]:
    for unit in root.iter("{*}trans-unit", "{*}segment"):
        source, target = unit.find("{*}source"), unit.find("{*}target")
        if source is not None and target is not None and _text(target):
            yield _text(source), _text(target)


def _tmx(root: etree._Element, source: str, target: str) -> Iterator[tuple[str, str]]:
    for unit in root.iter("tu"):
        texts: dict[str, str] = {}
        for variant in unit.iter("tuv"):
            segment = variant.find("seg")
            if segment is not None:
                tag = variant.get(XML_LANG, variant.get("lang", ""))
                texts.setdefault(_language(tag), _text(segment))
        if texts.get(_language(source)) and texts.get(_language(target)):
            yield texts[_language(source)], texts[_language(target)]


def _language(tag: str) -> str:
    return tag.replace("_", "-").split("-")[0].lower()


def _text(element: etree._Element) -> str:
    return _collapsed("".join(_strings(element)))


def _strings(element: etree._Element) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str) and etree.QName(child).localname not in NATIVE_CODE:
            yield from _strings(child)
        if child.tail:
            yield child.tail


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _quoted(source: str) -> str:
    return repr(source if len(source) <= 80 else f"{source[:79]}…")
