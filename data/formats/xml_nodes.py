"""XML of localisation files as nodes that know their bytes, so that edits can be spliced in.

The file is turned to UTF-8 for the work and written back in its own encoding; characters that
encoding lacks become numeric character references. Entity declarations are refused, external
entities and DTDs are never read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape

from koerier.data.formats.base import SNIFF_BYTES, Source
from koerier.pipeline.errors import KoerierError

XML = "http://www.w3.org/XML/1998/namespace}"
DEEPEST = 200
COMMENT, INSTRUCTION = "#comment", "#pi"

DECLARED_ENCODING = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
# Atomic groups: hostile prologs must not make the match try again and again.
ROOT = re.compile(
    rb"\s*+(?:(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[[^\]]*+\])?\s*+>)\s*+)*+"
    rb"<(?:[\w.-]+:)?([\w.-]+)([^>]*)",
    re.DOTALL,
)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True, eq=False)
class Node:
    """An element, comment or processing instruction and where its bytes are.

    Attributes:
        name: local name, ``#comment`` or ``#pi``.
        namespace: URI, empty where there is none.
        attributes: by local name; those of a namespace as ``uri}name``.
        content: text and nodes in order.
        start, inner: the start tag is ``[start, inner)``.
        close, end: the end tag is ``[close, end)``; an empty-element tag has ``inner == end``.
    """

    name: str
    namespace: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    parent: Node | None = None
    start: int = 0
    inner: int = 0
    close: int = 0
    end: int = 0
    content: list[str | Node] = field(default_factory=list)

    @property
    def children(self) -> list[Node]:
        return [
            part
            for part in self.content
            if isinstance(part, Node) and part.name not in (COMMENT, INSTRUCTION)
        ]

    def child(self, name: str) -> Node | None:
        return next((node for node in self.children if node.name == name), None)

    def descendants(self, name: str) -> Iterator[Node]:
        for node in self.children:
            if node.name == name:
                yield node
            yield from node.descendants(name)

    def inherited(self, attribute: str) -> str | None:
        """The attribute of the node or of the nearest ancestor that has it."""
        node: Node | None = self
        while node is not None:
            if attribute in node.attributes:
                return node.attributes[attribute]
            node = node.parent
        return None

    @property
    def language(self) -> str | None:
        return self.attributes.get(XML + "lang")


class XmlFile:
    """A whole XML file: its tree, and the bytes to edit.

    Raises:
        KoerierError: if the bytes are not well-formed XML in the encoding they declare.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        raw = source.data
        self.encoding, self._bom = _encoding(raw)
        try:
            text = raw[len(self._bom) :].decode(self.encoding)
        except (UnicodeError, LookupError) as error:
            raise KoerierError(
                f"is not {self.encoding} text: {error}", source=source.name
            ) from error
        self.data = text.encode("utf-8", "surrogatepass")

    @cached_property
    def root(self) -> Node:
        return _Builder(self.data, self._source.name).root

    def raw(self, start: int, end: int) -> str:
        return self.data[start:end].decode()

    def tag_name(self, node: Node, name: str) -> str:
        """`name` with the prefix that `node` has in the file."""
        qualified = re.split(r"[\s/>]", self.raw(node.start + 1, node.inner), maxsplit=1)[0]
        prefix, colon, _ = qualified.rpartition(":")
        return f"{prefix}{colon}{name}"

    def indent(self, node: Node) -> str:
        """The white space between a node and what stands before it on the same level."""
        before = node.start
        while before > 0 and self.data[before - 1 : before].isspace():
            before -= 1
        return self.raw(before, node.start) if self.data[before - 1 : before] == b">" else ""

    def with_attributes(self, node: Node, values: dict[str, str]) -> str:
        """The start tag of a node with these attributes set; the others keep their bytes."""
        tag = self.data[node.start : node.inner]
        for name, value in values.items():
            quoted = f'"{attribute(value)}"'.encode()
            for match in ATTRIBUTE.finditer(tag):
                if match[1] == name.encode():
                    tag = tag[: match.start(2)] + quoted + tag[match.end(2) :]
                    break
            else:
                end = len(tag) - (2 if tag.endswith(b"/>") else 1)
                end = len(tag[:end].rstrip())
                tag = tag[:end] + f" {name}=".encode() + quoted + tag[end:]
        return tag.decode()

    def edited(self, edits: Iterable[tuple[int, int, str]]) -> bytes:
        """The file with ranges replaced, in its own encoding."""
        pieces, cursor = [], 0
        for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
            pieces += [self.data[cursor:start], text.encode()]
            cursor = end
        pieces.append(self.data[cursor:])
        text = b"".join(pieces).decode()
        return self._bom + text.encode(self.encoding, "xmlcharrefreplace")


def _encoding(data: bytes) -> tuple[str, bytes]:
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(bom):
            return name, bom
    declared = DECLARED_ENCODING.match(data)
    return (declared[1].decode("ascii") if declared else "utf-8"), b""


class _Builder:
    def __init__(self, data: bytes, source: str) -> None:
        self._data = data
        self._stack: list[Node] = []
        self._waiting: Node | None = None  # its first byte after is not known yet
        parser = expat.ParserCreate("utf-8", "}")
        parser.buffer_text = True
        parser.specified_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = lambda data: self._aside(COMMENT)
        parser.ProcessingInstructionHandler = lambda target, data: self._aside(INSTRUCTION)
        parser.EntityDeclHandler = lambda *_: self._refuse("declares entities, which are not read")
        parser.SkippedEntityHandler = lambda name, _: self._refuse(f"undefined entity &{name};")
        self._parser = parser
        self.root = Node("")
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise KoerierError(
                f"is not well-formed XML: {expat.ErrorString(error.code)}",
                source=source,
                place=f"line {error.lineno}, column {error.offset + 1}",
            ) from error
        except KoerierError as error:
            raise error.at(source=source) from None

    def _refuse(self, message: str) -> NoReturn:
        raise KoerierError(message, place=f"line {self._parser.CurrentLineNumber}")

    def _here(self) -> int:
        return self._parser.CurrentByteIndex

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition("}")
        parent = self._stack[-1] if self._stack else None
        node = Node(local, namespace, attributes, parent, start=self._here())
        node.inner = self._tag_end(node.start)
        if parent is None:
            self.root = node
        else:
            parent.content.append(node)
        self._stack.append(node)
        if len(self._stack) > DEEPEST:
            self._refuse(f"elements are nested more than {DEEPEST} deep")

    def _end(self, name: str) -> None:
        node = self._stack.pop()
        empty = self._data[node.inner - 2 : node.inner] == b"/>"
        node.close = node.inner if empty else self._here()
        node.end = node.inner if empty else self._data.index(b">", node.close) + 1

    def _tag_end(self, start: int) -> int:
        position = start
        while True:
            match = TAG_PART.match(self._data, position)
            assert match is not None, "expat has seen the whole tag"
            position = match.end()
            if self._data[position - 1 : position] == b">":
                return position

    def _text(self, data: str) -> None:
        if self._stack:
            content = self._stack[-1].content
            if content and isinstance(content[-1], str):
                content[-1] += data
            else:
                content.append(data)

    def _aside(self, name: str) -> None:
        if self._stack:
            start = self._here()
            closing = b"-->" if name == COMMENT else b"?>"
            end = self._data.index(closing, start + 2) + len(closing)
            node = Node(name, parent=self._stack[-1], start=start, inner=end, close=end, end=end)
            self._stack[-1].content.append(node)


TAG_PART = re.compile(rb"""[^"'>]*(?:"[^"]*"|'[^']*'|>)""")


def root_of(source: Source) -> tuple[str, str]:
    """Local name of the root element and its raw attributes, from the head of a source."""
    encoding, bom = _encoding(source.head)
    try:
        text = source.head[len(bom) : SNIFF_BYTES].decode(encoding, "ignore")
    except LookupError:
        return "", ""
    match = ROOT.match(text.encode("utf-8", "ignore"))
    return (match[1].decode(), match[2].decode()) if match else ("", "")


def text(value: str) -> str:
    """Element content; a carriage return is kept, characters XML cannot hold are replaced."""
    return escape(NOT_XML.sub("\ufffd", value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """Content of an attribute between double quotes; white space survives normalisation."""
    spaces = {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;", '"': "&quot;"}
    return escape(NOT_XML.sub("\ufffd", value), spaces)
