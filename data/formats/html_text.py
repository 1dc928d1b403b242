"""The text of HTML as blocks, and the HTML with other text in their places.

Only blocks that were translated, and ``lang`` attributes, change; all else is copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from koerier.data.formats import inline
from koerier.data.formats.html_reader import Place, Reader, primary, translate_flag
from koerier.data.formats.html_tokens import Attribute, Kind, tokenize
from koerier.pipeline.story import Block, Edit, Tag, apply_edits


def escape(text: str, *, xml: bool = False) -> str:
    """`text` as HTML character data; a no-break space stays visible to whoever reads the file."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\xa0", "&#160;" if xml else "&nbsp;")


class HtmlText:
    """A string of HTML, a document or a part of one.

    Args:
        id_prefix: put before the id of each block.
        source_language: elements in another language (``lang``) become blocks with
            ``translate=False``. Words in another language inside a paragraph stay in their
            sentence, which could not be translated without them.
        xml: the text is XHTML: ``<x/>`` is empty and only XML's own named references are written.

    Attributes:
        tokens: all of the text.
        blocks: in reading order, ids ``b1``, ``b2``...
    """

    def __init__(
        self, text: str, id_prefix: str = "", *, source_language: str = "en", xml: bool = False
    ) -> None:
        self.text = text
        self.tokens = list(tokenize(text, xml=xml))
        self._xml = xml
        self._language = primary(source_language)
        found = sorted(
            Reader(text, self.tokens, source_language).read(), key=lambda one: one[1].start
        )
        self.blocks: list[Block] = []
        self._places: dict[str, Place] = {}
        for number, (block, place) in enumerate(found, start=1):
            block.id = f"{id_prefix}b{number}"
            self.blocks.append(block)
            self._places[block.id] = place

    def render(self, blocks: Sequence[Block], language: str | None = None) -> str:
        """The text with translated blocks in their places; blocks of other ids are ignored.

        Args:
            language: BCP 47 tag that takes the place of the source language in ``lang`` attributes,
                if a block is translated at all.
        """
        return apply_edits(self.text, self.edits(blocks, language))[0]

    def edits(self, blocks: Sequence[Block], language: str | None = None) -> list[Edit]:
        """What `render` changes: non-overlapping edits, ascending."""
        attributes: list[Edit] = []
        contents: list[tuple[Block, Place]] = []
        translated = False
        for block in blocks:
            place = self._places.get(block.id)
            if place is None:
                continue
            translated = translated or (block.translate and block.translated)
            if place.attribute is None:
                contents.append((block, place))
            elif block.translate and block.translated and not block.drop:
                target = block.assemble()[0]
                if target != block.source:
                    attributes.append(self._attribute_edit(place.attribute, target))
        if language is not None and translated:
            attributes += self._language_edits(language)
        attributes.sort(key=lambda edit: edit.start)
        edits: list[Edit] = []
        for block, place in contents:
            edit = self._content_edit(block, place, attributes)
            if edit is not None:
                edits.append(edit)
        edits.sort(key=lambda edit: edit.start)
        return sorted(
            edits + list(_outside(attributes, edits)), key=lambda edit: (edit.start, edit.end)
        )

    def _content_edit(self, block: Block, place: Place, attributes: Sequence[Edit]) -> Edit | None:
        if block.drop:
            return Edit(*place.whole, "") if place.whole else None
        if not (block.translate and block.translated):
            return None
        text, tags = block.assemble()
        if text == block.source and tags == block.tags:
            return None
        if attributes:
            tags = [self._with_attributes(tag, place, attributes) for tag in tags]
        rendered = inline.render(text, tags, lambda piece: escape(piece, xml=self._xml))
        return Edit(place.start, place.end, rendered)

    def _with_attributes(self, tag: Tag, place: Place, attributes: Sequence[Edit]) -> Tag:
        span = place.tags.get(tag.id)
        if span is None:
            return tag
        start, end = span
        raw = self.text[start:end]
        inside = [
            Edit(edit.start - start, edit.end - start, edit.text)
            for edit in attributes
            if start <= edit.start and edit.end <= end
        ]
        if not inside or not tag.open.startswith(raw):
            return tag
        return replace(tag, open=apply_edits(raw, inside)[0] + tag.open[len(raw) :])

    def _language_edits(self, language: str) -> Iterator[Edit]:
        for token in self.tokens:
            if token.kind is not Kind.OPEN or translate_flag(token) is False:
                continue
            for attribute in token.attributes:
                stated = primary(attribute.value)
                if attribute.name in ("lang", "xml:lang") and stated == self._language:
                    yield self._attribute_edit(attribute, language)

    def _attribute_edit(self, attribute: Attribute, value: str) -> Edit:
        quote = attribute.quote or '"'
        value = escape(value, xml=self._xml).replace(quote, "&quot;" if quote == '"' else "&#39;")
        return Edit(attribute.start, attribute.end, f"{quote}{value}{quote}")


def _outside(edits: Sequence[Edit], ranges: Sequence[Edit]) -> Iterator[Edit]:
    """The `edits` that lie in none of `ranges`; both ascending."""
    position = 0
    for edit in edits:
        while position < len(ranges) and ranges[position].end <= edit.start:
            position += 1
        if position == len(ranges) or edit.end <= ranges[position].start:
            yield edit
