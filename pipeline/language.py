"""Is this story in the language we translate from, or is it Dutch already?"""

from __future__ import annotations

from functools import cache
from typing import Any

from koerier.pipeline.story import Story

# Below this many letters the guess is worth less than the file's own declaration.
ENOUGH_LETTERS = 80
SURE = 0.95


def same_language(one: str, other: str) -> bool:
    """Whether two BCP 47 tags share their primary language subtag (RFC 5646, 2.2.1)."""
    return one.split("-")[0].lower() == other.split("-")[0].lower()


@cache
def _identifier(languages: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(languages))
    return identifier


def is_in_target_language(story: Story) -> bool:
    """True when the story says, or its text shows, that it is in the target language already.

    The text decides only when it is long enough and the classifier (langid, restricted to the
    source and target language) is sure.
    """
    target = story.target_language.split("-")[0].lower()
    if same_language(story.source_language, target):
        return True
    text = " ".join(block.source for block in story.blocks if block.translate)
    if sum(map(str.isalpha, text)) < ENOUGH_LETTERS:
        return False
    pair = tuple(sorted({story.source_language.split("-")[0].lower(), target}))
    language, probability = _identifier(pair).classify(text)
    return bool(language == target and probability >= SURE)
