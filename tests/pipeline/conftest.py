from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "corpus"))


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> object:
    """All jobs of the test run on one `Shouting` engine."""
    from engines import Shouting

    from koerier.pipeline import worker

    engine = Shouting()
    monkeypatch.setattr(worker, "load_engine", lambda spec, options: engine)
    return engine
