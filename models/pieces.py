"""SentencePiece with places: every piece knows which characters of the string it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import sentencepiece as spm

from koerier.models.engine import Span
from koerier.pipeline.errors import KoerierError

SPACE = "▁"


class Pieces:
    """A SentencePiece model."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    @classmethod
    def load(cls, path: Path) -> Pieces:
        """Read a ``.spm`` or ``.model`` file.

        Raises:
            KoerierError: if it is not one.
        """
        try:
            return cls(spm.SentencePieceProcessor(model_file=str(path)))
        except (OSError, RuntimeError) as error:
            raise KoerierError("is not a SentencePiece model", source=str(path)) from error

    def encode(self, text: str) -> list[str]:
        pieces: list[str] = self._processor.encode(text, out_type=str)
        return pieces

    def knows(self, piece: str) -> bool:
        """False for what only the model's vocabulary has: language tokens, ends, unknown words."""
        return bool(self._processor.piece_to_id(piece) != self._processor.unk_id())

    def spans(self, text: str) -> list[Span]:
        """Character range in `text` of each piece of ``encode(text)``, white space left out.

        A piece that stands for no character of its own (a lone space mark, bytes of a character
        that came before) has an empty range.
        """
        proto = self._processor.encode(text, return_type="proto")
        # SentencePiece counts bytes of UTF-8.
        places = accumulate((len(char.encode()) for char in text), initial=0)
        character = {byte: number for number, byte in enumerate(places)}
        spans: list[Span] = []
        for piece in proto.pieces:
            start, end = character.get(piece.begin), character.get(piece.end)
            if start is None or end is None:  # part of the bytes of a character
                spans.append((spans[-1][1], spans[-1][1]) if spans else (0, 0))
            else:
                spans.append(trimmed(text, start, end))
        return spans

    def decode(self, pieces: Sequence[str]) -> str:
        text: str = self._processor.decode_pieces(list(pieces))
        return text

    def decode_with_spans(self, pieces: Sequence[str]) -> tuple[str, list[Span]]:
        """The text of `pieces` and the character range in it of each of them."""
        text = self.decode(pieces)
        spans, cursor = [], 0
        for piece in pieces:
            surface = piece.replace(SPACE, " ")
            if cursor == 0 and surface.startswith(" "):
                surface = surface[1:]
            if not text.startswith(surface, cursor):  # a byte, or a piece with rules of its own
                return text, spans_by_prefix(text, len(pieces), lambda n: self.decode(pieces[:n]))
            spans.append(trimmed(text, cursor, cursor + len(surface)))
            cursor += len(surface)
        return text, spans


def spans_by_prefix(text: str, count: int, decode_prefix: Callable[[int], str]) -> list[Span]:
    """Ranges in `text` of `count` tokens: what each adds to the decoding of those before it.

    Slower than adding up lengths, but right where several tokens make one character.

    Args:
        decode_prefix: the text of the first n tokens.
    """
    spans, cursor = [], 0
    for number in range(1, count + 1):
        prefix = decode_prefix(number).rstrip("\N{REPLACEMENT CHARACTER}")
        end = len(text) if number == count else min(max(cursor, len(prefix)), len(text))
        spans.append(trimmed(text, cursor, end))
        cursor = end
    return spans


def trimmed(text: str, start: int, end: int) -> Span:
    """The range without white space at its edges; where it is all white space, an empty range."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
