"""IPTC ninjs, versions 1.x to 3.x: news objects in JSON, alone or in whatever holds them.

Texts for readers are translated: headlines, title, byline, descriptions and bodies, also those of
associated objects (pictures). Markup in them is read as HTML. Sluglines, notices, terms and codes
stay, and so does every text in a media type that is neither plain text nor (X)HTML.

An object that was translated gets the target language in ``language``; an association named
``translatedFrom``, with the original's ``uri`` and language (``associations`` is what ninjs has
for the links of NewsML-G2; in 3.x ``rel`` names the concept of IPTC's item relation NewsCodes);
and, from 1.2 on, an information source, role ``translator``, that names what made the translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from koerier.data.formats.base import Options, Source
from koerier.data.formats.encoding import decode
from koerier.data.formats.html_text import HtmlText
from koerier.data.formats.json_source import JsonEditor, JsonNode, JsonSource
from koerier.data.formats.plain_blocks import PlainBlocks, PlainLine
from koerier.pipeline.errors import KoerierError
from koerier.pipeline.language import same_language
from koerier.pipeline.story import Metadata, Role, Story

RELATION = "translatedFrom"
RELATION_CONCEPT = "http://cv.iptc.org/newscodes/itemrelation/translatedFrom"
PROVENANCE_ROLE = "translator"

_XHTML = frozenset(("application/xhtml+xml", "xhtml"))
_HTML = _XHTML | {"text/html", "html", "html5"}
_PLAIN = frozenset(("text/plain", "text", "plain", "txt"))
_MARKED_UP = re.compile(
    r"</?(?:a|b|br|div|em|figure|h[1-6]|html|body|i|li|ol|p|section|span|strong|ul)(?=[\s/>])"
    r"|&(?:#\d{2,5}|#x[0-9a-f]{2,5}|[a-z]{2,8});",
    re.IGNORECASE,
)
_TEXT_NAME = re.compile(
    r"headlines|descriptions|bodies|headline|(?P<kind>headline|description|body)_(?P<form>\w+)"
)
_SINGULAR = {"headlines": "headline", "descriptions": "description", "bodies": "body"}
_READING_ORDER = ("headline", "title", "byline", "description", "body")
_HINT = re.compile(
    r'"(?:headlines?|headline_\w+|descriptions|description_\w+|bodies|body_\w+)"\s*:'
)
_OWN_NAME = re.compile(r'"(?:uri|version[cC]reated|representation[tT]ype|pub[sS]tatus)"\s*:')
_OWN = ("versioncreated", "versionCreated", "type", "renditions", "associations")
"""Names by one of which an object with a ``uri`` is a news object though it has no text."""
_TELLING = {
    1: ("altids", "ednote", "firstcreated", "genre", "infosource", "slugline", "title", "urgency"),
    2: ("copyrightholder", "ednote", "firstcreated", "infosources", "pubstatus", "versioncreated"),
}
"""Names that only version 1.2 and later, and only version 2, have."""
_LINES = re.compile(r"\s*\{.*\}\s*\n\s*\{")


_Field = HtmlText | PlainBlocks | PlainLine


@dataclass(frozen=True, slots=True)
class _Text:
    """A text found in an object: its kind (see `_READING_ORDER`), form or media type, and role."""

    node: JsonNode
    kind: str
    form: str = ""
    role: str = ""


class Ninjs:
    """The format of ninjs files."""

    name = "ninjs"
    suffixes: tuple[str, ...] = (".json", ".ninjs")

    def sniff(self, source: Source) -> bool:
        if source.suffix in (".jsonl", ".ndjson"):
            return False
        try:
            head = decode(source.head)[0].lstrip("\ufeff \t\r\n")
        except KoerierError:
            return False
        if not head.startswith(("{", "[")) or _LINES.match(head):
            return False
        return _HINT.search(head) is not None and _OWN_NAME.search(head) is not None

    def open(self, source: Source, options: Options) -> NinjsDocument:
        return NinjsDocument(source, options)


class NinjsDocument:
    """The news objects of a JSON file, in document order.

    Raises:
        KoerierError: if it is no JSON (with line and column), or holds no news object.
    """

    def __init__(self, source: Source, options: Options) -> None:
        self._source, self._options = source, options
        try:
            text, self._encoding = decode(source.data)
            self._json = JsonSource(text, ascii_only=not self._encoding.is_unicode)
            self._items = list(_items(self._json.root))
            if not self._items:
                raise KoerierError("no ninjs news object in it")
        except KoerierError as error:
            raise error.at(source=source.name) from None

    def stories(self) -> Iterator[Story]:
        for number, item in enumerate(self._items, start=1):
            language = self._language(item)
            yield Story(
                item.string("uri") or f"{self._source.stem}-{number}",
                [block for _, field in self._fields(item) for block in field.blocks],
                _metadata(item, self._json.text),
                language,
                self._options.target_language,
                Ninjs.name,
            )

    def write(self, stories: Iterable[Story], out: BinaryIO) -> None:
        editor = JsonEditor(self._json)
        for item, story in zip(self._items, stories, strict=True):
            changed = False
            for text, field in self._fields(item):
                if isinstance(field, HtmlText):
                    value = field.render(story.blocks, self._options.target_language)
                else:
                    value = field.render(story.blocks)
                if value != text.node.value:
                    editor.replace(text.node, value)
                    changed = True
            if changed or any(b.translate and b.translated for b in story.blocks):
                self._mark(item, editor)
        out.write(self._encoding.encode(editor.render(), "transliterate"))

    def _language(self, item: JsonNode) -> str:
        return item.string("language") or self._options.source_language

    def _fields(self, item: JsonNode) -> Iterator[tuple[_Text, _Field]]:
        language = self._language(item)
        for news_object in _with_associated(item):
            own = news_object.string("language")
            if own is not None and not same_language(own, language):
                continue
            pictured = news_object.string("type") in ("picture", "graphic", "video", "audio")
            for text in _texts(news_object):
                name = text.node.path[len(item.path) + 1 :]
                field = _field(text, name, language, pictured)
                if field is not None:
                    yield text, field

    def _mark(self, item: JsonNode, editor: JsonEditor) -> None:
        """Write language and provenance."""
        quote, target = self._json.quote, self._options.target_language
        source_language = self._language(item)
        for news_object in _with_associated(item):
            node = news_object.get("language")
            if node is not None and node.kind == "string":
                if same_language(node.value, source_language):
                    editor.replace(node, target)
            elif news_object is item:
                editor.insert_member(item, "language", quote(target))
        uri = item.string("uri")
        edition = _edition(item)
        if uri is not None:
            link = {"uri": uri, "language": source_language}
            if edition >= 2:
                link = {"name": RELATION, **link}
            if edition >= 3:
                link["rel"] = RELATION_CONCEPT
            self._add(item, editor, "associations", link, RELATION if edition == 1 else None)
        if not _has_information_sources(item, edition):
            return
        maker = {"name": self._options.provenance}
        maker["rel" if edition == 1 else "role"] = PROVENANCE_ROLE
        self._add(item, editor, ("infosource", "infosources", "infoSources")[edition - 1], maker)

    def _add(
        self,
        item: JsonNode,
        editor: JsonEditor,
        name: str,
        value: dict[str, str],
        key: str | None = None,
    ) -> None:
        """Add `value` to the array `name`, or under `key` to the object `name`."""
        quote = self._json.quote
        pairs = [f"{quote(one)}: {quote(text)}" for one, text in value.items()]
        written = f"{{{', '.join(pairs)}}}"
        holder = item.get(name)
        if holder is None:
            whole = f"[{written}]" if key is None else f"{{{quote(key)}: {written}}}"
            editor.insert_member(item, name, whole)
        elif holder.kind == "array" and key is None:
            editor.insert_item(holder, written)
        elif holder.kind == "object" and key is not None and holder.get(key) is None:
            editor.insert_member(holder, key, written)


def _items(root: JsonNode) -> Iterator[JsonNode]:
    """The outermost news objects, in document order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if _is_news_object(node):
            yield node
        else:
            waiting += reversed(list(node))


def _is_news_object(node: JsonNode) -> bool:
    if node.kind != "object":
        return False
    if any(text.kind not in ("title", "byline") for text in _texts(node)):
        return True
    return node.string("uri") is not None and any(node.get(name) for name in _OWN)


def _with_associated(item: JsonNode) -> Iterator[JsonNode]:
    """A news object and those associated with it, at any depth, in document order."""
    waiting = [item]
    while waiting:
        node = waiting.pop()
        if node.kind == "array":
            waiting += reversed(node.items)
        elif node.kind == "object":
            yield node
            associated = node.get("associations")
            if associated is not None:
                waiting += reversed(list(associated))


def _texts(news_object: JsonNode) -> list[_Text]:
    """The texts for readers in one object, in reading order."""
    found = []
    for member in {member.name: member for member in news_object.members}.values():
        match = _TEXT_NAME.fullmatch(member.name)
        node = member.node
        if match and member.name in _SINGULAR and node.kind == "array":
            found += list(_entries(node, _SINGULAR[member.name]))
        elif match and node.kind == "string":
            form = match["form"] or ""
            found.append(_Text(node, match["kind"] or "headline", form, form))
        elif node.kind == "string" and member.name in ("by", "byline", "title"):
            found.append(_Text(node, "title" if member.name == "title" else "byline"))
    return sorted(found, key=lambda text: _READING_ORDER.index(text.kind))


def _entries(array: JsonNode, kind: str) -> Iterator[_Text]:
    """ninjs 2 and 3: objects with ``value``, ``role`` and ``contenttype``."""
    for entry in array.items:
        value = entry.get("value") if entry.kind == "object" else None
        if value is not None and value.kind == "string":
            form = entry.string("contenttype", "contentType") or ""
            yield _Text(value, kind, form, entry.string("role") or "")


def _field(text: _Text, name: str, language: str, pictured: bool) -> _Field | None:
    """The blocks of a text, None if it is in a format of its own."""
    form = text.form.split(";")[0].strip().lower()
    value = text.node.value
    known = form in _HTML or form in _PLAIN
    if "/" in form and not known:
        return None
    if form in ("nitf", "xml", "newsml", "json", "markdown") or text.role in ("slug", "keywords"):
        return None
    role = _role(text, pictured)
    if form in _HTML or (form not in _PLAIN and _MARKED_UP.search(value)):
        html = HtmlText(value, f"{name}.", source_language=language, xml=form in _XHTML)
        for block in html.blocks:
            if block.role is Role.PARAGRAPH:
                block.role = role
        return html
    if text.kind in ("body", "description") and role is Role.PARAGRAPH:
        return PlainBlocks(value, f"{name}.", story=False)
    return PlainLine(value, name, role)


def _role(text: _Text, pictured: bool) -> Role:
    if text.kind in ("headline", "title"):
        return Role.HEADLINE
    if text.kind == "byline":
        return Role.BYLINE
    role = text.role.lower()
    if "credit" in role:
        return Role.CREDIT
    if "caption" in role or (pictured and text.kind == "description"):
        return Role.CAPTION
    return Role.PARAGRAPH


def _edition(item: JsonNode) -> int:
    """The major version of ninjs: what the object says, or else what its names show."""
    standard = item.get("standard") or item.get("$standard")
    stated = standard.string("version") if standard is not None else None
    if stated and stated[0] in "123":
        return int(stated[0])
    names = {member.name for member in item.members}
    if any(name != name.lower() for name in names):
        return 3
    arrays = [item.get(name) for name in (*_SINGULAR, "associations", "altids", "renditions")]
    return 2 if any(node is not None and node.kind == "array" for node in arrays) else 1


def _has_information_sources(item: JsonNode, edition: int) -> bool:
    """Whether the object is surely of a version whose schema has a place for its makers."""
    stated = item.get("standard") or item.get("$standard")
    names = {member.name for member in item.members}
    return edition == 3 or stated is not None or not names.isdisjoint(_TELLING[edition])


def _metadata(item: JsonNode, text: str) -> Metadata:
    urgency = item.get("urgency")
    return Metadata(
        agency=item.string("copyrightholder", "copyrightHolder"),
        byline=item.string("byline", "by"),
        dateline=item.string("located"),
        urgency=text[urgency.start : urgency.end].strip('"') if urgency is not None else None,
        embargo=item.string("embargoed", "embargoedUntil"),
        version=item.string("version"),
    )
