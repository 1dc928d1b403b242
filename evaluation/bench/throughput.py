"""Pipeline throughput beside bare CTranslate2 and a `transformers` pipeline, in one run.

    python evaluation/bench/throughput.py [--sentences FILE] [--count 2000] [--rounds 3]

The same sentences, weights, beam size and number of threads for all three. The runs alternate and
each ratio is taken within a round, so that a machine that slows down slows all alike; medians are
printed. "Bare" is `Translator.translate_batch` alone, its input tokenised beforehand and its
output left as tokens; "pipeline" is everything `koerier translate --lines` does in between. The
translation pipeline of `transformers` (gone since its version 5) tokenised, generated and decoded
one text at a time unless told a batch size; that is what is timed here, at 1 and at 8.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from koerier.data.formats.base import Options
from koerier.models.ctranslate2_engine import CTranslate2Engine
from koerier.models.registry import EngineOptions, load_engine
from koerier.pipeline.lines import target_lines, translate_lines
from koerier.pipeline.translate import Translator
from koerier.pipeline.worker import Job, settings_for

STORIES = Path(__file__).parents[2] / "data" / "stories"
CHECKPOINT = Path(__file__).parents[2] / "models" / "training" / "state"
HF_SENTENCES = 200
PIPELINE_BATCHES = (1, 8)


def sentences(path: Path | None, count: int) -> list[str]:
    """`count` different sentences: from a file, one a line, else from the bundled stories."""
    if path is not None:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        text = (STORIES / "ceasefire.txt").read_text(encoding="utf-8")
        lines = [paragraph.replace("\n", " ") for paragraph in text.split("\n\n")]
    lines = list(dict.fromkeys(line for line in lines if len(line.split()) > 3))
    # Different numbers make different sentences, so that no cache can help.
    rounds = (f"{line} ({number})" if number else line for number in range(count) for line in lines)
    return [sentence for sentence, _ in zip(rounds, range(count), strict=False)]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_megabytes() -> float:
    """Peak resident memory of this process so far, in MB (`ru_maxrss` is in KiB on Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=Path, help="a file, one sentence a line")
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beam", type=int, default=None)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="the same weights, HF")
    options = parser.parse_args(arguments)

    threads = len(os.sched_getaffinity(0))
    engine_options = EngineOptions(beam_size=options.beam, threads=threads)
    engine = load_engine("default", engine_options)
    assert isinstance(engine, CTranslate2Engine)
    texts = sentences(options.sentences, options.count)
    settings = settings_for(Job(Path(), engine_options=engine_options))
    tokens = [engine.encode(text) for text in texts]

    def bare() -> object:
        return engine.translator.translate_batch(tokens, **engine.decoding)

    def pipeline() -> object:
        translator = Translator(engine, settings)
        stories = translate_lines(texts, translator, Options())
        return [line for story in stories for line in target_lines(story)]

    timed(lambda: engine.translate(texts[:64]))
    rounds = [(timed(bare), timed(pipeline)) for _ in range(options.rounds)]
    memory = peak_megabytes()
    bare_rate = statistics.median(len(texts) / first for first, _ in rounds)
    pipeline_rate = statistics.median(len(texts) / second for _, second in rounds)
    ratio = statistics.median(first / second for first, second in rounds)
    print(f"machine            {machine()}")
    print(f"engine             {engine.id}, {engine.decoding}")
    print(f"sentences          {len(texts)}, {sum(len(t.split()) for t in texts)} words")
    print(f"bare CTranslate2   {bare_rate:8.1f} sentences/s")
    print(f"pipeline           {pipeline_rate:8.1f} sentences/s")
    print(f"pipeline / bare    {ratio:8.2f}")
    print(f"peak memory        {memory:8.0f} MB (before transformers is loaded)")

    if not (options.checkpoint / "config.json").exists():
        print(f"transformers       not measured: no checkpoint in {options.checkpoint}")
        return
    for size in PIPELINE_BATCHES:
        rate = transformers_rate(options.checkpoint, texts, engine, threads, size)
        print(
            f"transformers, {size}    {rate:8.1f} sentences/s ({HF_SENTENCES} of them);"
            f" pipeline is {pipeline_rate / rate:.1f} times as fast"
        )


def transformers_rate(
    checkpoint: Path, texts: Sequence[str], engine: CTranslate2Engine, threads: int, batch: int
) -> float:
    """Sentences per second of `transformers` with the same weights, beam and threads."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    torch.set_num_threads(threads)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForSeq2SeqLM.from_pretrained(checkpoint, dtype=torch.float32)
    sample = list(texts[:: max(1, len(texts) // HF_SENTENCES)])[:HF_SENTENCES]

    def run() -> None:
        for start in range(0, len(sample), batch):
            inputs = tokenizer(sample[start : start + batch], return_tensors="pt", padding=True)
            with torch.inference_mode():
                output = model.generate(
                    **inputs, num_beams=engine.decoding["beam_size"], max_new_tokens=256
                )
            tokenizer.batch_decode(output, skip_special_tokens=True)

    return len(sample) / timed(run)


if __name__ == "__main__":
    main()
