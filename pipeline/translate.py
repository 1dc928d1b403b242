"""From English stories to Dutch ones: prepare, translate in windows, finish each segment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from koerier.models.engine import Engine, Hypothesis
from koerier.pipeline import markup, wire
from koerier.pipeline.align import Aligner
from koerier.pipeline.conventions import Conventions
from koerier.pipeline.language import is_in_target_language
from koerier.pipeline.segment import segment
from koerier.pipeline.story import Finding, Origin, Outcome, Segment, Severity, Status, Story
from koerier.pipeline.typography import localise
from koerier.pipeline.typography_style import Typography

# Segments that go to the engine together. Large enough for its length-sorted batches to be full,
# small enough that memory stays flat whatever the number of stories.
WINDOW_SEGMENTS = 2_048
CACHED_SENTENCES = 100_000


@dataclass(frozen=True)
class Settings:
    """How stories are turned into Dutch, whatever the engine.

    Attributes:
        drop_boilerplate: leave READ MORE lines and the like out instead of translating them.
        keep_segments: one segment a block, no sentence splitting (line-aligned work with a file
            engine, whose lines are the segments).
    """

    conventions: Conventions
    typography: Typography
    aligner: Aligner = field(default_factory=Aligner)
    drop_boilerplate: bool = False
    keep_segments: bool = False


class Translator:
    """Translates stories with one engine, in order, remembering repeated sentences."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self._cache: OrderedDict[str, Hypothesis] = OrderedDict()

    def __call__(
        self, stories: Iterable[Story], *, detect_language: bool = True
    ) -> Iterator[Story]:
        """Yield the same stories, in the same order, with a target in every segment.

        Stories that are in the target language already are yielded as they came, unless
        `detect_language` is False.

        Raises:
            KoerierError: if the engine cannot translate.
        """
        for window in _windows(self._prepared(stories, detect_language)):
            pending = [segment for story in window for segment in story.untranslated()]
            for segment_, hypothesis in zip(pending, self._translate(pending), strict=True):
                self._settle(segment_, hypothesis)
            yield from window

    def _prepared(self, stories: Iterable[Story], detect_language: bool) -> Iterator[Story]:
        for story in stories:
            if detect_language and is_in_target_language(story):
                story.outcome = Outcome.ALREADY_TRANSLATED
                for block in story.blocks:
                    block.translate = False
            else:
                self._prepare(story)
                has_text = any(block.segments for block in story.blocks)
                story.outcome = Outcome.TRANSLATED if has_text else Outcome.EMPTY
            yield story

    def _prepare(self, story: Story) -> None:
        conventions = self.settings.conventions
        for block in story.blocks:
            if not block.translate or block.segments:
                continue
            if self.settings.drop_boilerplate and wire.is_boilerplate(block, conventions):
                block.drop = True
                continue
            if self.settings.keep_segments:
                block.segments = [Segment(f"{block.id}.s1", block.source, tags=list(block.tags))]
                continue
            segment(block, wire.recognise(block, conventions))
            for segment_ in block.segments:
                untold = segment_.status is Status.INITIAL
                if untold and not any(map(str.isalpha, segment_.source)):
                    segment_.settle(segment_.source, Origin("copy"))
                    self._finish(segment_, None)

    def _translate(self, segments: Sequence[Segment]) -> list[Hypothesis]:
        if self.engine.in_order:
            return [best[0] for best in self.engine.translate([s.source for s in segments])]
        tagged = {segment.source for segment in segments if segment.tags}
        wanted = dict.fromkeys(segment.source for segment in segments)
        known: dict[str, Hypothesis] = {}
        for source in wanted:
            hypothesis = self._cache.get(source)
            if hypothesis is not None and (source not in tagged or hypothesis.alignment):
                self._cache.move_to_end(source)
                known[source] = hypothesis
        for alignment in (False, True):
            missing = [s for s in wanted if s not in known and (s in tagged) is alignment]
            if missing:
                hypotheses = self.engine.translate(missing, alignment=alignment)
                known.update(
                    (source, best[0]) for source, best in zip(missing, hypotheses, strict=True)
                )
        self._remember(known)
        return [known[segment.source] for segment in segments]

    def _remember(self, hypotheses: dict[str, Hypothesis]) -> None:
        self._cache.update(hypotheses)
        for source in list(islice(self._cache, max(0, len(self._cache) - CACHED_SENTENCES))):
            del self._cache[source]

    def _settle(self, segment: Segment, hypothesis: Hypothesis) -> None:
        if hypothesis.text.strip() or not segment.source.strip():
            segment.settle(
                hypothesis.text, Origin("engine", self.engine.id, score=hypothesis.score)
            )
        else:
            segment.settle(segment.source, Origin("copy", self.engine.id))
            segment.findings.append(
                Finding(
                    check="engine.empty",
                    category="accuracy/untranslated",
                    severity=Severity.CRITICAL,
                    message="The engine gave no translation; the source was copied.",
                    message_nl="De vertaalmachine gaf geen vertaling; de bron is overgenomen.",
                )
            )
        self._finish(segment, hypothesis)

    def _finish(self, segment: Segment, hypothesis: Hypothesis | None) -> None:
        self._bring_back_tags(segment, hypothesis)
        edits = localise(segment.source, segment.target, self.settings.typography)
        segment.edit(edits, rule="typography")

    def _bring_back_tags(self, segment: Segment, hypothesis: Hypothesis | None) -> None:
        if not segment.tags:
            return
        soft = hypothesis.alignment if hypothesis is not None else None
        links = self.settings.aligner.align(segment.source, segment.target, soft)
        segment.target_tags = markup.project(segment.source, segment.tags, segment.target, links)


def _windows(stories: Iterable[Story]) -> Iterator[list[Story]]:
    window: list[Story] = []
    size = 0
    for story in stories:
        window.append(story)
        size += len(story.untranslated())
        if size >= WINDOW_SEGMENTS:
            yield window
            window, size = [], 0
    if window:
        yield window
