"""Checkpoints by name: a directory, or an id on the Hugging Face Hub that is fetched once."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from koerier.models.manifest import digest
from koerier.pipeline.errors import KoerierError

# Weights for other frameworks, which many repositories hold as well, are left where they are.
WANTED = ["*.json", "*.txt", "*.model", "*.spm", "model.bin", "*.safetensors", "README.md"]
OLDER_WEIGHTS = ["pytorch_model*.bin"]


def checkpoint(name: str) -> Path:
    """The directory that `name` is, or the one in the Hub's cache that holds it.

    Offline, and with HF_HUB_OFFLINE set, only what is in the cache already can be had.

    Raises:
        KoerierError: if there is no such directory, and the Hub does not give it.
    """
    directory = Path(name).expanduser()
    if directory.is_dir():
        return directory
    if not name or name[0] in "./~" or name.count("/") > 1:
        raise KoerierError("no such directory", source=name)
    from huggingface_hub import errors, snapshot_download
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        found = Path(snapshot_download(name, allow_patterns=WANTED))
        if not (any(found.glob("*.safetensors")) or (found / "model.bin").exists()):
            found = Path(snapshot_download(name, allow_patterns=WANTED + OLDER_WEIGHTS))
    except errors.GatedRepoError as error:
        raise KoerierError("the Hub wants you to accept its terms first", source=name) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise KoerierError(
            "no such directory, and no such model on the Hub", source=name
        ) from error
    except (errors.LocalEntryNotFoundError, errors.HfHubHTTPError, OSError) as error:
        raise KoerierError(
            "no such directory, and the Hub does not give it now: it is not in the cache "
            f"({type(error).__name__}); check the name and the network",
            source=name,
        ) from error
    return found


def version(directory: Path) -> str:
    """What tells these weights from others: twelve hex digits of their SHA-256."""
    weights = sorted([*directory.glob("*.safetensors"), *directory.glob("*.bin")])
    return hashlib.sha256("".join(map(digest, weights)).encode()).hexdigest()[:12]
