"""Tiny random checkpoints, as real ones are laid out, made while the tests run."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
import sentencepiece as spm

SUBJECTS = ("The minister", "A spokeswoman", "The president", "Police", "The mayor of Kirkdam")
VERBS = ("said", "announced", "denied", "confirmed", "told reporters")
OBJECTS = (
    "on Tuesday that the talks would go on",
    "that 1,200 people had left the city",
    "the harbour would close for 3 days",
    "there was no plan to raise taxes",
    "that the deal, worth $4.5 million, had failed",
    "late on Sunday that rain was expected — again",
)

SENTENCES = [
    "The minister said on Tuesday that the talks would go on.",
    "Police denied that 1,200 people had left the city!",
    "A spokeswoman announced the harbour would close for 3 days",
    "“There was no plan,” the mayor of Kirkdam told reporters.",
    "Rain was expected — again.",
    "No",
    "The deal, worth $4.5 million, had failed, and late on Sunday the president left.",
]


def _corpus() -> list[str]:
    chosen = random.Random(5)
    return [
        f"{chosen.choice(SUBJECTS)} {chosen.choice(VERBS)} {chosen.choice(OBJECTS)}."
        for _ in range(400)
    ] + SENTENCES


def train_sentencepiece(folder: Path, name: str, **options: object) -> Path:
    """A unigram model with byte fallback, ids as Marian has them: </s> 0, <unk> 1."""
    text = folder / f"{name}.txt"
    text.write_text("\n".join(_corpus()), encoding="utf-8")
    settings = {"eos_id": 0, "unk_id": 1, "bos_id": -1, "vocab_size": 420}
    settings |= {"byte_fallback": True, **options}
    spm.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / name),
        hard_vocab_limit=False,
        minloglevel=2,
        num_threads=1,
        **settings,
    )
    return folder / f"{name}.model"


@pytest.fixture(scope="session")
def sentencepiece_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_sentencepiece(tmp_path_factory.mktemp("spm"), "joint")


@pytest.fixture(scope="session")
def marian(tmp_path_factory: pytest.TempPathFactory, sentencepiece_model: Path) -> Path:
    """A Marian checkpoint as `transformers` writes it."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("marian") / "tiny-marian"
    folder.mkdir()
    processor = spm.SentencePieceProcessor(model_file=str(sentencepiece_model))
    vocabulary = {processor.id_to_piece(n): n for n in range(len(processor))}
    vocabulary["<pad>"] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    for name in ("source.spm", "target.spm"):
        shutil.copy(sentencepiece_model, folder / name)
    tokenizer = {"tokenizer_class": "MarianTokenizer", "source_lang": "en", "target_lang": "nl"}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    torch.manual_seed(7)
    config = transformers.MarianConfig(
        vocab_size=len(vocabulary),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=512,
        pad_token_id=vocabulary["<pad>"],
        decoder_start_token_id=vocabulary["<pad>"],
        eos_token_id=0,
        bos_token_id=None,
        forced_eos_token_id=None,
        init_std=0.35,
        tie_word_embeddings=True,
        share_encoder_decoder_embeddings=True,
    )
    model = transformers.MarianMTModel(config).eval()
    with torch.no_grad():
        model.final_logits_bias[0, 0] = 3.0  # so that translations end
    model.generation_config.bad_words_ids = [[vocabulary["<pad>"]]]
    model.generation_config.num_beams = 2
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def m2m100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An M2M-100 checkpoint: language tokens before the source and at the start of the target."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("m2m100") / "tiny-m2m100"
    folder.mkdir()
    model_file = train_sentencepiece(folder, "sentencepiece", bos_id=1, eos_id=2, unk_id=0)
    model_file.rename(folder / "sentencepiece.bpe.model")
    processor = spm.SentencePieceProcessor(model_file=str(folder / "sentencepiece.bpe.model"))
    pieces = [processor.id_to_piece(n) for n in range(3, len(processor))]
    vocabulary = {token: n for n, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *pieces])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    codes = transformers.models.m2m_100.tokenization_m2m_100.FAIRSEQ_LANGUAGE_CODES["m2m100"]
    tokenizer = transformers.M2M100Tokenizer(
        str(folder / "vocab.json"),
        str(folder / "sentencepiece.bpe.model"),
        additional_special_tokens=[f"__{code}__" for code in codes],
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(11)
    config = transformers.M2M100Config(
        vocab_size=len(tokenizer) + tokenizer.num_madeup_words,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=512,
        init_std=0.35,
    )
    model = transformers.M2M100ForConditionalGeneration(config).eval()
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An NLLB checkpoint: as M2M-100, with other language tokens and a fast tokenizer."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("nllb") / "tiny-nllb"
    folder.mkdir()
    options = {"bos_id": 1, "eos_id": 2, "unk_id": 0, "model_type": "bpe", "byte_fallback": False}
    model_file = train_sentencepiece(folder, "sentencepiece", **options)
    model_file.rename(folder / "sentencepiece.bpe.model")
    languages = ["ace_Arab", "eng_Latn", "nld_Latn"]
    settings = {"tokenizer_class": "NllbTokenizer", "additional_special_tokens": languages}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    tokenizer = transformers.NllbTokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    config = transformers.M2M100Config(
        vocab_size=len(tokenizer),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=512,
        init_std=0.35,
        tokenizer_class="NllbTokenizer",
    )
    transformers.M2M100ForConditionalGeneration(config).eval().save_pretrained(folder)
    return folder
