"""Peak memory of a job beside the number of stories: it should not grow.

    python evaluation/bench/memory.py [--small 1000] [--large 8000]

For each shape, one JSON Lines file of N stories and a folder of N files, the real command is run
with the bundled model on a small and a large number of stories, and its peak resident memory is
compared. Up to some 500 stories memory grows, until a window of segments is full.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

COMMAND = [sys.executable, "-c", "from koerier.pipeline.cli import main; main()", "translate"]
TEXT = "The minister said plan {n} would cost 8,000 euros. He left. Nobody voted against it."


def table(folder: Path, count: int) -> None:
    rows = (
        {"id": n, "headline": f"Plan {n} approved", "text": TEXT.format(n=n)} for n in range(count)
    )
    with (folder / "wire.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def files(folder: Path, count: int) -> None:
    for n in range(count):
        text = f"Plan {n} approved\n\n{TEXT.format(n=n)}\n"
        (folder / f"{n:06d}.txt").write_text(text, encoding="utf-8")


def peak_megabytes(make: Callable[[Path, int], None], count: int) -> float:
    """Peak resident memory in MB of translating `count` stories."""
    with tempfile.TemporaryDirectory() as name:
        wire = Path(name) / "wire"
        wire.mkdir()
        make(wire, count)
        command = [*COMMAND, str(wire), "-o", f"{name}/out", "--beam", "1", "-q"]
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"the job failed with status {status}")
        return usage.ru_maxrss * 1024 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=8_000)
    options = parser.parse_args()
    print(f"{'shape':8} {options.small:>8} {options.large:>8}  ratio")
    for name, make in (("table", table), ("files", files)):
        small, large = (peak_megabytes(make, n) for n in (options.small, options.large))
        print(f"{name:8} {small:5.0f} MB {large:5.0f} MB  {large / small:.2f}")


if __name__ == "__main__":
    main()
