"""JSON that knows where each value stands, so that strings can be replaced and members added.

What is not touched stays character for character: white space, duplicate keys, numbers of any
size, the way characters are escaped (RFC 8259).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from koerier.pipeline.errors import KoerierError
from koerier.pipeline.story import Edit, apply_edits

DEPTH_LIMIT = 500
"""Objects and arrays inside one another; a news item has ten."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_WORD = re.compile(r"true|false|null")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED_NON_ASCII = re.compile(r"\\u(?:0[1-9a-fA-F]|00[89a-fA-F]|[1-9a-fA-F])")


@dataclass(slots=True, eq=False)
class JsonNode:
    """A value ``[start, end)`` of the text.

    Attributes:
        value: of a string; empty for the rest.
        members: of an object, duplicates too; items: of an array.
        path: names and indexes from the root, as a JSON Pointer (RFC 6901).
    """

    kind: Literal["object", "array", "string", "number", "word"]
    start: int
    end: int
    path: str
    value: str = ""
    members: list[JsonMember] = field(default_factory=list)
    items: list[JsonNode] = field(default_factory=list)

    def get(self, name: str) -> JsonNode | None:
        """The member of that name, the last one if there are several, as parsers do."""
        return next((one.node for one in reversed(self.members) if one.name == name), None)

    def string(self, *names: str) -> str | None:
        """The value of the first of `names` that is a member and a string."""
        for name in names:
            node = self.get(name)
            if node is not None and node.kind == "string":
                return node.value
        return None

    def __iter__(self) -> Iterator[JsonNode]:
        """The values inside, in order; of members of the same name the last."""
        if self.kind == "object":
            yield from {member.name: member.node for member in self.members}.values()
        else:
            yield from self.items


@dataclass(slots=True, eq=False)
class JsonMember:
    """A name and value in an object; ``[start, end)`` is the name with its quotes."""

    name: str
    start: int
    end: int
    node: JsonNode


class JsonSource:
    """A JSON text.

    Args:
        ascii_only: escape all other characters in new strings, as is done anyway where the text is
            plain ASCII that escapes some.

    Raises:
        KoerierError: with line and column, if the text is not JSON or nested too deeply.
    """

    def __init__(self, text: str, *, ascii_only: bool = False) -> None:
        self.text = text
        self.root = _Parser(text).parse()
        self._ascii = ascii_only or (text.isascii() and _ESCAPED_NON_ASCII.search(text) is not None)
        self._escapes = _escapes(text)

    def quote(self, value: str) -> str:
        """`value` as a JSON string, escaped the way the text escapes."""
        quoted = json.dumps(value, ensure_ascii=self._ascii)
        for char, escape in self._escapes:
            quoted = quoted.replace(char, escape)
        return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


class JsonEditor:
    """Changes to a JSON text, made all at once by `render`."""

    def __init__(self, source: JsonSource) -> None:
        self._source = source
        self._edits: list[Edit] = []

    def replace(self, node: JsonNode, value: str) -> None:
        """Put the string `value` in the place of `node`."""
        self._edits.append(Edit(node.start, node.end, self._source.quote(value)))

    def insert_member(self, parent: JsonNode, name: str, value: str) -> None:
        """Add a member behind the last of an object; `value` is JSON. Laid out as its sibling."""
        quoted = self._source.quote(name)
        if not parent.members:
            self._edits.append(Edit(parent.start + 1, parent.start + 1, f"{quoted}: {value}"))
            return
        last = parent.members[-1]
        colon = self._source.text[last.end : last.node.start]
        between = self._between(parent, [member.start for member in parent.members])
        end = last.node.end
        self._edits.append(Edit(end, end, f"{between}{quoted}{colon}{value}"))

    def insert_item(self, parent: JsonNode, value: str) -> None:
        """Add an item behind the last of an array; `value` is JSON."""
        if not parent.items:
            self._edits.append(Edit(parent.start + 1, parent.start + 1, value))
            return
        between = self._between(parent, [item.start for item in parent.items])
        end = parent.items[-1].end
        self._edits.append(Edit(end, end, between + value))

    def render(self) -> str:
        """The text with all changes."""
        return apply_edits(self._source.text, self._edits)[0]

    def _between(self, parent: JsonNode, starts: list[int]) -> str:
        """The comma and white space before another value of `parent`."""
        begin = end = starts[-1]
        while begin > parent.start and self._source.text[begin - 1] in " \t\n\r":
            begin -= 1
        return f",{self._source.text[begin:end]}"


def _escapes(text: str) -> list[tuple[str, str]]:
    """Characters that the writer of `text` escapes though JSON does not ask for it."""
    found = []
    if text.count("\\/") * 2 > text.count("/"):
        found.append(("/", "\\/"))
    for char in "<>&'\u2028\u2029":
        escape = f"\\u{ord(char):04x}"
        if char not in text and (escape in text or escape.upper().replace("U", "u", 1) in text):
            found.append((char, escape))
    return found


class _Parser:
    """Iterative, so that the nesting of the input is not that of the calls."""

    def __init__(self, text: str) -> None:
        self._text = text

    def parse(self) -> JsonNode:
        position = self._skip(0)
        root, position = self._value(position, "")
        stack = [root] if root.kind in ("object", "array") else []
        while stack:
            parent = stack[-1]
            closing = "}" if parent.kind == "object" else "]"
            filled = bool(parent.members or parent.items)
            position = self._skip(position)
            char = self._text[position : position + 1]
            if char == closing:
                position += 1
                parent.end = position
                stack.pop()
                continue
            if filled:
                if char != ",":
                    self._fail(f"expected ',' or '{closing}'", position)
                position = self._skip(position + 1)
            child, position = self._child(parent, position)
            if child.kind in ("object", "array"):
                stack.append(child)
                if len(stack) > DEPTH_LIMIT:
                    self._fail(f"nested more than {DEPTH_LIMIT} deep", child.start)
        position = self._skip(position)
        if position < len(self._text):
            self._fail("text after the end of the JSON value", position)
        return root

    def _child(self, parent: JsonNode, position: int) -> tuple[JsonNode, int]:
        if parent.kind == "array":
            node, position = self._value(position, f"{parent.path}/{len(parent.items)}")
            parent.items.append(node)
            return node, position
        start = position
        if self._text[position : position + 1] != '"':
            self._fail("expected a name in double quotes", position)
        name, position = self._string(position)
        end = position
        position = self._skip(position)
        if self._text[position : position + 1] != ":":
            self._fail("expected ':'", position)
        pointer = name.replace("~", "~0").replace("/", "~1")
        node, position = self._value(self._skip(position + 1), f"{parent.path}/{pointer}")
        parent.members.append(JsonMember(name, start, end, node))
        return node, position

    def _value(self, start: int, path: str) -> tuple[JsonNode, int]:
        """The value at `start`; of an object or array only its beginning."""
        char = self._text[start : start + 1]
        if char == "{":
            return JsonNode("object", start, start, path), start + 1
        if char == "[":
            return JsonNode("array", start, start, path), start + 1
        if char == '"':
            value, end = self._string(start)
            return JsonNode("string", start, end, path, value), end
        number = _NUMBER.match(self._text, start)
        if number:
            return JsonNode("number", start, number.end(), path), number.end()
        word = _WORD.match(self._text, start)
        if word is None:
            self._fail("expected a value" if char else "the text ends too early", start)
        return JsonNode("word", start, word.end(), path), word.end()

    def _string(self, start: int) -> tuple[str, int]:
        try:
            value, end = _DECODER.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self._fail(error.msg, error.pos)
        return str(value), end

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        assert match is not None
        return match.end()

    def _fail(self, message: str, position: int) -> NoReturn:
        line = self._text.count("\n", 0, position) + 1
        column = position - self._text.rfind("\n", 0, position)
        raise KoerierError(
            f"not well-formed JSON: {message}", place=f"line {line}, column {column}"
        )
