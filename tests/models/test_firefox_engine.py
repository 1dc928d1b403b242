"""The real fxtranslate on a tiny random model in Marian's binary format, written here."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import sentencepiece as spm

from koerier.models.registry import EngineOptions, load_engine
from koerier.pipeline.errors import KoerierError

pytest.importorskip("fxtranslate")

# Type codes of marian-dev, src/common/types.h: class in the high byte, bytes of one in the low.
INT8, FLOAT32, INTGEMM8 = 0x0101, 0x0404, 0x4101
DIMENSION, FEED_FORWARD = 32, 64
CONFIG = """dec-cell: ssru
dec-depth: 1
dim-emb: {dimension}
dim-vocabs: [{words}, {words}]
enc-depth: 1
tied-embeddings-all: true
transformer-decoder-autoreg: rnn
transformer-dim-ffn: {feed_forward}
transformer-ffn-activation: relu
transformer-ffn-depth: 2
transformer-heads: 4
transformer-postprocess: dan
transformer-postprocess-emb: d
transformer-preprocess: ""
type: transformer
version: v1.9.0
"""


class MarianFile:
    """Tensors by name, as marian-dev's src/common/binary.cpp lays them out."""

    def __init__(self) -> None:
        self._items: list[tuple[bytes, int, tuple[int, ...], bytes]] = []
        self._random = np.random.default_rng(0)

    def add(self, name: str, kind: int, shape: tuple[int, ...], data: bytes) -> None:
        padded = data + b"\0" * (-len(data) % 256)
        self._items.append((name.encode() + b"\0", kind, shape, padded))

    def floats(self, name: str, values: np.ndarray) -> None:
        self.add(name, FLOAT32, values.shape, values.astype("<f4").tobytes())

    def bias(self, name: str, width: int = DIMENSION) -> None:
        self.floats(name, self._random.normal(0, 0.3, (1, width)))

    def matrix(self, name: str, rows: int = DIMENSION, columns: int = DIMENSION) -> None:
        values = self._random.normal(0, 0.3, (rows, columns))
        scale = 127 / np.abs(values).max()
        data = np.round(values * scale).astype("i1").tobytes() + struct.pack("<f", scale)
        self.add(name, INTGEMM8, values.shape, data)
        self.floats(f"{name}_QuantMultA", np.full((1, 1), 127 / 4))

    def norm(self, prefix: str) -> None:
        self.floats(f"{prefix}_ln_scale", np.ones((1, DIMENSION)))
        self.floats(f"{prefix}_ln_bias", np.zeros((1, DIMENSION)))

    def attention(self, prefix: str) -> None:
        for part in "qkvo":
            self.matrix(f"{prefix}_W{part}")
            self.bias(f"{prefix}_b{part}")
        self.norm(f"{prefix}_Wo")

    def feed_forward(self, prefix: str) -> None:
        self.matrix(f"{prefix}_W1", DIMENSION, FEED_FORWARD)
        self.bias(f"{prefix}_b1", FEED_FORWARD)
        self.matrix(f"{prefix}_W2", FEED_FORWARD, DIMENSION)
        self.bias(f"{prefix}_b2")
        self.norm(f"{prefix}_ffn")

    def bytes(self) -> bytes:
        head = struct.pack("<QQ", 1, len(self._items))
        for name, kind, shape, data in self._items:
            head += struct.pack("<QQQQ", len(name), kind, len(shape), len(data))
        head += b"".join(name for name, *_ in self._items)
        head += b"".join(struct.pack(f"<{len(shape)}i", *shape) for _, _, shape, _ in self._items)
        gap = -(len(head) + 8) % 256
        head += struct.pack("<Q", gap) + b"\0" * gap
        return head + b"".join(data for *_, data in self._items)


def tiny_model(words: int) -> bytes:
    """An encoder layer and an SSRU decoder layer, of which Firefox models have more."""
    file = MarianFile()
    file.matrix("Wemb", words)
    file.floats("none_QuantMultA", np.full((1, 1), 127 / 4))
    file.attention("encoder_l1_self")
    file.feed_forward("encoder_l1_ffn")
    file.attention("decoder_l1_context")
    file.feed_forward("decoder_l1_ffn")
    file.matrix("decoder_l1_rnn_W")
    file.matrix("decoder_l1_rnn_Wf")
    file.bias("decoder_l1_rnn_bf")
    file.norm("decoder_l1_rnn_ffn")
    file.bias("decoder_ff_logit_out_b", words)
    config = CONFIG.format(dimension=DIMENSION, feed_forward=FEED_FORWARD, words=words).encode()
    file.add("special:model.yml", INT8, (len(config) + 1,), config + b"\0")
    return file.bytes()


@pytest.fixture(scope="module")
def model(sentencepiece_model: Path) -> bytes:
    return tiny_model(len(spm.SentencePieceProcessor(model_file=str(sentencepiece_model))))


@pytest.fixture
def directory(tmp_path: Path, model: bytes, sentencepiece_model: Path) -> Path:
    (tmp_path / "model.ennl.intgemm.alphas.bin").write_bytes(model)
    (tmp_path / "vocab.ennl.spm").write_bytes(sentencepiece_model.read_bytes())
    return tmp_path


def test_a_directory_translates(directory: Path) -> None:
    engine = load_engine(f"firefox:{directory}", EngineOptions())
    texts = ["The minister said on Tuesday.", " ", "", "Police denied it."]
    found = [best.text for (best,) in engine.translate(texts)]
    assert found[0]
    assert found[3]
    assert found[0] != found[3]
    assert found[1:3] == ["", ""]
    assert [best.text for (best,) in engine.translate(texts[::-1])] == found[::-1]


def test_gzipped_files_and_two_vocabularies_are_the_same_model(
    directory: Path, model: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("gzipped")
    (other / "model.ennl.intgemm8.bin.gz").write_bytes(gzip.compress(model))
    vocabulary = gzip.compress((directory / "vocab.ennl.spm").read_bytes())
    for name in ("srcvocab.ennl.spm.gz", "trgvocab.ennl.spm.gz"):
        (other / name).write_bytes(vocabulary)
    text = ["The minister said on Tuesday."]
    one, two = (load_engine(f"firefox:{path}", EngineOptions()) for path in (directory, other))
    assert one.translate(text) == two.translate(text)


def test_a_long_source_is_translated_in_parts(directory: Path) -> None:
    engine = load_engine(f"firefox:{directory}", EngineOptions())
    sentence = "The minister said on Tuesday that the talks would go on and on. "
    once = engine.translate([sentence * 6])[0][0].text
    many = engine.translate([sentence * 60])[0][0].text
    assert len(many) > 5 * len(once)


def test_a_firefox_directory_must_be_whole_and_sound(tmp_path: Path) -> None:
    with pytest.raises(KoerierError, match=r"model\.\*\.bin\* is missing"):
        load_engine(f"firefox:{tmp_path}", EngineOptions())
    (tmp_path / "model.ennl.intgemm.alphas.bin").write_bytes(b"no model")
    (tmp_path / "vocab.ennl.spm").write_bytes(b"no vocabulary")
    with pytest.raises(KoerierError, match="fxtranslate cannot load it"):
        load_engine(f"firefox:{tmp_path}", EngineOptions())


def test_a_firefox_pair_that_cannot_be_downloaded_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", "http://127.0.0.1:9/records")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(KoerierError, match="the Firefox model en-nl cannot be downloaded"):
        load_engine("firefox:en-nl", EngineOptions())
