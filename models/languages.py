"""How multilingual models want to be told the languages: one token, on one side or on both."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from koerier.pipeline.errors import KoerierError

# BCP 47 primary subtag -> ISO 639-3 and script as NLLB writes them, and mBART-50's region.
NLLB = {
    "en": "eng_Latn",
    "nl": "nld_Latn",
    "de": "deu_Latn",
    "fr": "fra_Latn",
    "es": "spa_Latn",
    "it": "ita_Latn",
    "pt": "por_Latn",
    "ru": "rus_Cyrl",
    "uk": "ukr_Cyrl",
}
MBART = {
    "en": "en_XX",
    "nl": "nl_XX",
    "de": "de_DE",
    "fr": "fr_XX",
    "es": "es_XX",
    "it": "it_IT",
    "pt": "pt_XX",
    "ru": "ru_RU",
    "uk": "uk_UA",
}


@dataclass(frozen=True)
class LanguageTokens:
    """Tokens before the source text and at the start of the target; None where there is none.

    The conventions are those of the models' own tokenizers in `transformers`: NLLB, mBART-50 and
    M2M-100 name the source before the source and the target at the start of the target; MADLAD-400
    (``<2nl>``) and multilingual Marian (``>>nld<<``) name the target before the source.
    """

    source: str | None = None
    target: str | None = None


def language_tokens(source: str, target: str, vocabulary: Container[str]) -> LanguageTokens:
    """Tokens for a pair of BCP 47 tags, by what the vocabulary knows; none for a bilingual model.

    Raises:
        KoerierError: if the model is multilingual but does not know one of the languages.
    """
    one, other = source.split("-")[0].lower(), target.split("-")[0].lower()
    families = (
        (NLLB, "eng_Latn"),
        (MBART, "en_XX"),
        ({code: f"__{code}__" for code in (one, other)}, "__en__"),
    )
    for codes, witness in families:
        if witness in vocabulary:
            tokens = LanguageTokens(codes.get(one), codes.get(other))
            for language, token in ((source, tokens.source), (target, tokens.target)):
                if token is None or token not in vocabulary:
                    raise KoerierError(f"the model does not know the language {language!r}")
            return tokens
    three = NLLB.get(other, other).split("_")[0]
    for token in (f"<2{other}>", f">>{three}<<", f">>{other}<<"):
        if token in vocabulary:
            return LanguageTokens(source=token)
    return LanguageTokens()
