"""The made stories as files of every format Koerier reads, in the shape agencies use."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from content import Paragraph, Run, WireStory

XML = '<?xml version="1.0" encoding="{encoding}"?>\n'


def _inline(runs: Sequence[Run], elements: dict[str, tuple[str, str]]) -> str:
    pieces = []
    for run in runs:
        if isinstance(run, str):
            pieces.append(escape(run, quote=False))
        else:
            opening, closing = elements[run[0]]
            pieces.append(f"{opening}{escape(run[1], quote=False)}{closing}")
    return "".join(pieces)


HTML_ELEMENTS = {
    "a": ("<a href=\"https://wire.example/x?a=1&amp;b=2\" class='link'>", "</a>"),
    "b": ("<b>", "</b>"),
    "i": ("<em>", "</em>"),
    "br": ("<br>", ""),
}
XHTML_ELEMENTS = {**HTML_ELEMENTS, "br": ("<br/>", "")}
NITF_ELEMENTS = {
    "a": ('<a href="https://wire.example/x?a=1&amp;b=2">', "</a>"),
    "b": ('<em class="bold">', "</em>"),
    "i": ("<em>", "</em>"),
    "br": ("<br/>", ""),
}


def _html_body(story: WireStory, elements: dict[str, tuple[str, str]]) -> str:
    return "\n".join(f"<p>{_inline(p.runs, elements)}</p>" for p in story.paragraphs)


def text(stories: Sequence[WireStory]) -> bytes:
    (story,) = stories
    parts = [story.headline, story.byline, *(p.text for p in story.paragraphs)]
    return ("\n\n".join(parts) + "\n").encode()


def html(stories: Sequence[WireStory]) -> bytes:
    (story,) = stories
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(story.headline)}</title>
<link rel="canonical" href="https://wire.example/{story.guid}">
<script>var x = "<p>not text</p>";</script></head>
<body>
<!-- top -->
<h1>{escape(story.headline)}</h1>
<p class="byline">{story.byline}</p>
<figure><img src="a.jpg" alt=""><figcaption>{escape(story.caption)}</figcaption></figure>
{_html_body(story, HTML_ELEMENTS)}
</body>
</html>
""".encode()


def nitf(stories: Sequence[WireStory]) -> bytes:
    (story,) = stories
    return (
        XML.format(encoding="UTF-8")
        + f"""<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/" version="-//IPTC//DTD NITF 3.6//EN">
  <head>
    <title>{escape(story.headline, quote=False)}</title>
    <docdata><doc-id regsrc="WA" id-string="{story.guid}"/><urgency ed-urg="4"/><key-list><keyword key="Conflict"/></key-list></docdata>
  </head>
  <body xml:lang="en">
    <body.head>
      <hedline><hl1>{escape(story.headline, quote=False)}</hl1></hedline>
      <byline>{story.byline}</byline>
      <dateline><location>{story.dateline}</location></dateline>
    </body.head>
    <body.content>
      <media media-type="image"><media-reference mime-type="image/jpeg" source="a.jpg"/><media-caption>{escape(story.caption, quote=False)}</media-caption></media>
      <block>
{_html_body(story, NITF_ELEMENTS)}
      </block>
    </body.content>
  </body>
</nitf>
"""
    ).encode()


def _news_item(story: WireStory) -> str:
    return f"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{story.guid}" version="3" standard="NewsML-G2" standardversion="2.28" conformance="power" xml:lang="en">
  <catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_31.xml"/>
  <rightsInfo><copyrightHolder literal="WA"/></rightsInfo>
  <itemMeta>
    <itemClass qcode="ninat:text"/>
    <provider literal="WA"/>
    <versionCreated>2024-05-14T12:00:00Z</versionCreated>
    <pubStatus qcode="stat:usable"/>
  </itemMeta>
  <contentMeta>
    <urgency>4</urgency>
    <by>{story.byline}</by>
    <dateline>{story.dateline}</dateline>
    <language tag="en"/>
    <slugline>BC-Test</slugline>
    <headline>{escape(story.headline, quote=False)}</headline>
    <description role="drol:caption">{escape(story.caption, quote=False)}</description>
  </contentMeta>
  <contentSet>
    <inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{escape(story.headline, quote=False)}</title></head><body>
{_html_body(story, XHTML_ELEMENTS)}
</body></html></inlineXML>
  </contentSet>
</newsItem>"""


def newsml(stories: Sequence[WireStory]) -> bytes:
    items = "\n".join(_news_item(story) for story in stories)
    return (
        XML.format(encoding="UTF-8")
        + f"""<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/">
<header><sent>2024-05-14T12:00:00Z</sent><sender>wire.example</sender></header>
<itemSet>
{items}
</itemSet>
</newsMessage>
"""
    ).encode()


def ninjs(stories: Sequence[WireStory]) -> bytes:
    (story,) = stories
    body = _html_body(story, XHTML_ELEMENTS)
    return json.dumps(
        {
            "uri": story.guid,
            "type": "text",
            "version": "1",
            "versioncreated": "2024-05-14T12:00:00Z",
            "language": "en",
            "urgency": 4,
            "slugline": "BC-Test",
            "headline": story.headline,
            "byline": story.byline,
            "description_text": story.caption,
            "body_xhtml": body,
            "copyrightnotice": "(c) WA 2024",
        },
        indent=2,
        ensure_ascii=False,
    ).encode()


def rss(stories: Sequence[WireStory]) -> bytes:
    items = "\n".join(
        f"""<item><title>{escape(story.headline, quote=False)}</title>
<guid isPermaLink="false">{story.guid}</guid>
<description>{escape(story.caption, quote=False)}</description>
<content:encoded><![CDATA[{_html_body(story, HTML_ELEMENTS)}]]></content:encoded></item>"""
        for story in stories
    )
    return (
        XML.format(encoding="UTF-8")
        + f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Wire Agency: world news</title><link>https://wire.example/</link>
<description>The latest news from around the world.</description><language>en</language>
{items}
</channel></rss>
"""
    ).encode()


def atom(stories: Sequence[WireStory]) -> bytes:
    entries = "\n".join(
        f"""<entry><title type="text">{escape(story.headline, quote=False)}</title>
<id>{story.guid}</id><updated>2024-05-14T12:00:00Z</updated>
<content type="html">{escape(_html_body(story, HTML_ELEMENTS), quote=False)}</content></entry>"""
        for story in stories
    )
    return (
        XML.format(encoding="UTF-8")
        + f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title>Wire Agency: world news</title><id>https://wire.example/</id><updated>2024-05-14T12:00:00Z</updated>
<author><name>Wire Agency</name></author>
{entries}
</feed>
"""
    ).encode()


def _plain(paragraphs: Sequence[Paragraph]) -> str:
    return "\n\n".join(paragraph.text for paragraph in paragraphs)


def _rows(stories: Sequence[WireStory]) -> list[dict[str, str]]:
    return [
        {
            "id": story.guid,
            "headline": story.headline,
            "text": _plain(story.paragraphs),
            "language": "en",
            "desk": "world",
        }
        for story in stories
    ]


def jsonl(stories: Sequence[WireStory]) -> bytes:
    rows = (json.dumps(row, ensure_ascii=False) for row in _rows(stories))
    return ("\n".join(rows) + "\n").encode()


def csv_(stories: Sequence[WireStory]) -> bytes:
    out = io.StringIO()
    rows = _rows(stories)
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def parquet(stories: Sequence[WireStory]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(_rows(stories)), out)
    return out.getvalue()


def _codes(runs: Sequence[Run], paired: str, lone: str) -> str:
    pieces = []
    for number, run in enumerate(runs, 1):
        if isinstance(run, str):
            pieces.append(escape(run, quote=False))
        elif run[0] == "br":
            pieces.append(f'<{lone} id="{number}"/>')
        else:
            pieces.append(f'<{paired} id="{number}">{escape(run[1], quote=False)}</{paired}>')
    return "".join(pieces)


def xliff12(stories: Sequence[WireStory]) -> bytes:
    (story,) = stories
    units = "\n".join(
        f'<trans-unit id="u{number}"><source>{_codes(p.runs, "g", "x")}</source></trans-unit>'
        for number, p in enumerate(story.paragraphs, 1)
    )
    return (
        XML.format(encoding="UTF-8")
        + f"""<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
<file original="{story.guid}" source-language="en" datatype="plaintext">
<body>
<trans-unit id="h"><source>{escape(story.headline, quote=False)}</source><note>headline</note></trans-unit>
{units}
</body></file></xliff>
"""
    ).encode()


def xliff2(stories: Sequence[WireStory]) -> bytes:
    (story,) = stories
    units = "\n".join(
        f'<unit id="u{number}"><segment><source>{_codes(p.runs, "pc", "ph")}</source></segment></unit>'
        for number, p in enumerate(story.paragraphs, 1)
    )
    return (
        XML.format(encoding="UTF-8")
        + f"""<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="en">
<file id="f1" original="{story.guid}">
<unit id="h"><segment><source>{escape(story.headline, quote=False)}</source></segment></unit>
{units}
</file></xliff>
"""
    ).encode()


def tmx(stories: Sequence[WireStory]) -> bytes:
    (story,) = stories
    units = "\n".join(
        f'<tu tuid="{number}"><tuv xml:lang="en"><seg>{escape(p.text, quote=False)}</seg></tuv></tu>'
        for number, p in enumerate(story.paragraphs, 1)
    )
    return (
        XML.format(encoding="UTF-8")
        + f"""<tmx version="1.4"><header creationtool="wa" creationtoolversion="1" segtype="paragraph" o-tmf="wa" adminlang="en" srclang="en" datatype="plaintext"/>
<body>
{units}
</body></tmx>
"""
    ).encode()


Emitter = Callable[[Sequence[WireStory]], bytes]

# format name -> (suffix, emitter, stories in a file)
FILES: dict[str, tuple[str, Emitter, int]] = {
    "text": (".txt", text, 1),
    "html": (".html", html, 1),
    "nitf": (".nitf.xml", nitf, 1),
    "newsml-g2": (".newsml.xml", newsml, 3),
    "ninjs": (".json", ninjs, 1),
    "rss": (".rss", rss, 3),
    "atom": (".atom", atom, 3),
    "jsonl": (".jsonl", jsonl, 4),
    "csv": (".csv", csv_, 4),
    "parquet": (".parquet", parquet, 4),
    "xliff-1.2": (".xlf", xliff12, 1),
    "xliff-2": (".xliff", xliff2, 1),
    "tmx": (".tmx", tmx, 1),
}


def write_corpus(folder: Path, stories: Sequence[WireStory]) -> list[tuple[str, Path, int]]:
    """Write the stories as files, formats in turn; returns (format, path, stories in it)."""
    folder.mkdir(parents=True, exist_ok=True)
    rest = list(stories)
    written = []
    while rest:
        for name, (suffix, emit, count) in FILES.items():
            taken, rest = rest[:count], rest[count:]
            if not taken:
                break
            path = folder / f"{len(written):03d}{suffix}"
            path.write_bytes(emit(taken))
            written.append((name, path, len(taken)))
    return written
