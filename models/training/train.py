"""Train a Marian model: python -m koerier.models.training.train DATA OUT [--recipe recipe.toml]

Memory is given back to the system and taken again at every step by glibc's default settings, which
halves the speed on a CPU; `main` therefore restarts itself with settings that keep it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor
from transformers import MarianConfig, MarianMTModel

from koerier.models.training.batches import Example, Mix
from koerier.models.training.convert import write_tokenizer
from koerier.models.training.guide import UNALIGNED, Guide
from koerier.models.training.prepare import EOS, load

KEEP_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
    "MALLOC_TOP_PAD_": "536870912",
}
REPORT_STEPS = 50
NEVER = -1e4


def new_model(shape: dict[str, Any], vocabulary: int) -> MarianMTModel:
    """A Marian model with tied embeddings; <pad>, the last piece, starts the decoder as zeros."""
    pad = vocabulary - 1
    config = MarianConfig(
        vocab_size=vocabulary,
        d_model=shape["width"],
        encoder_layers=shape["encoder_layers"],
        decoder_layers=shape["decoder_layers"],
        encoder_attention_heads=shape["heads"],
        decoder_attention_heads=shape["heads"],
        encoder_ffn_dim=shape["feed_forward"],
        decoder_ffn_dim=shape["feed_forward"],
        activation_function="relu",
        dropout=shape["dropout"],
        attention_dropout=0.0,
        pad_token_id=pad,
        eos_token_id=EOS,
        bos_token_id=EOS,
        forced_eos_token_id=None,
        decoder_start_token_id=pad,
        max_position_embeddings=512,
        scale_embedding=True,
        tie_word_embeddings=True,
        share_encoder_decoder_embeddings=True,
        attn_implementation="eager",
    )
    model = MarianMTModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "shared" in name:
                parameter.normal_(0, shape["width"] ** -0.5)
                parameter[pad].zero_()
            elif parameter.dim() == 2 and "embed_positions" not in name:
                torch.nn.init.xavier_uniform_(parameter)
        # <pad> is never written, so that its row stays zero, as CTranslate2 takes it to be.
        model.final_logits_bias[0, pad] = NEVER
    model.generation_config.bad_words_ids = None
    return model


def optimizers(model: MarianMTModel, settings: dict[str, Any]) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the layers' matrices, AdamW for everything else."""
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            is_matrix = parameter.dim() == 2 and "layers" in name
            (matrices if is_matrix else others).append(parameter)
    return [
        torch.optim.Muon(
            matrices,
            lr=settings["matrix_rate"],
            momentum=0.95,
            weight_decay=0.01,
            adjust_lr_fn="match_rms_adamw",
        ),
        torch.optim.AdamW(
            others, lr=settings["other_rate"], betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0
        ),
    ]


def losses(
    model: MarianMTModel, batch: Sequence[Example], smoothing: float, guided_heads: int
) -> tuple[Tensor, Tensor, int]:
    """Label-smoothed cross-entropy, guided alignment loss, and the number of target pieces."""
    pad = model.config.pad_token_id
    source = _padded([[*example[0], EOS] for example in batch], pad)
    target = _padded([[*example[1], EOS] for example in batch], pad)
    # The end of the sentence looks at the end of the sentence.
    places = _padded([[*example[2].tolist(), len(example[0])] for example in batch], UNALIGNED)
    start = torch.full((len(batch), 1), pad)
    with torch.autocast("cpu", torch.bfloat16):
        output = model.model(
            input_ids=source,
            attention_mask=(source != pad).long(),
            decoder_input_ids=torch.cat([start, target[:, :-1]], 1),
            output_attentions=True,
        )
        written = target != pad
        logits = model.lm_head(output.last_hidden_state[written])
    # Without <pad>: label smoothing would teach its row, and CTranslate2 takes that to be zero.
    logits = logits.float()[:, :pad]
    loss = functional.cross_entropy(logits, target[written], label_smoothing=smoothing)
    attention = output.cross_attentions[-1][:, :guided_heads].float().mean(1)
    paid = attention.gather(2, places.clamp(min=0)[:, :, None])[:, :, 0][places != UNALIGNED]
    return loss, -(paid + 1e-4).log().mean(), int(written.sum())


def rate(step: int, progress: float, warm_up: int) -> float:
    """Factor on the learning rates: linear warm-up in steps, linear fall to zero over the run."""
    return min(1.0, (step + 1) / warm_up) * max(0.0, 1.0 - progress)


def train(data: Path, out: Path, recipe: Path) -> None:
    """Train until the recipe's minutes are over; goes on from `out` if a run was stopped there."""
    settings = tomllib.loads(recipe.read_text(encoding="utf-8"))
    training = settings["training"]
    torch.manual_seed(training["seed"])
    weights = settings["data"]["weights"]
    corpora = {path.stem: load(path) for path in sorted(data.glob("*.npz")) if path.stem in weights}
    vocabulary = write_tokenizer(data / "joint.model", out)
    guide = Guide(
        [pair for name in training["guide_corpora"] for pair in corpora.get(name, [])],
        vocabulary,
    )
    examples = {
        name: [(*pair, places) for pair, places in zip(pairs, guide.align(pairs), strict=True)]
        for name, pairs in corpora.items()
    }
    mix = Mix(examples, weights, training["batch_tokens"], training["seed"])
    model = new_model(settings["model"], vocabulary)
    both = optimizers(model, training)
    base = [optimizer.param_groups[0]["lr"] for optimizer in both]
    state = {"step": 0, "tokens": 0, "seconds": 0.0}
    if (out / "state.json").exists():
        state = resume(out, model, both)
    model.train()
    began = saved = time.monotonic() - state["seconds"]
    shown = total = 0.0
    for batch in mix.batches(int(state["step"])):
        state["seconds"] = time.monotonic() - began
        progress = state["seconds"] / (60 * training["minutes"])
        if progress >= 1 or state["step"] == training.get("steps"):
            break
        factor = rate(int(state["step"]), progress, training["warm_up_steps"])
        for optimizer, highest in zip(both, base, strict=True):
            optimizer.param_groups[0]["lr"] = highest * factor
        loss, guided, tokens = losses(
            model, batch, training["label_smoothing"], training["guided_heads"]
        )
        (loss + training["guide_weight"] * guided).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), training["clip_norm"])
        for optimizer in both:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        state["step"] += 1
        state["tokens"] += tokens
        shown, total = shown + loss.item() * tokens, total + tokens
        if state["step"] % REPORT_STEPS == 0:
            print(f"{state['step']} {state['tokens']} pieces, loss {shown / total:.3f}", flush=True)
            shown = total = 0.0
        if time.monotonic() - saved > training["save_every_seconds"]:
            save(out, model, both, state)
            saved = time.monotonic()
    save(out, model, both, state)


def save(
    out: Path, model: MarianMTModel, both: list[torch.optim.Optimizer], state: dict[str, Any]
) -> None:
    """Write a checkpoint; state.json last, for it says that the rest is whole."""
    model.save_pretrained(out)
    memory = {"optimizers": [o.state_dict() for o in both], "random": torch.get_rng_state()}
    torch.save(memory, out / "optimizers.part")
    (out / "optimizers.part").replace(out / "optimizers.pt")
    (out / "state.part").write_text(json.dumps(state) + "\n", encoding="utf-8")
    (out / "state.part").replace(out / "state.json")


def resume(out: Path, model: MarianMTModel, both: list[torch.optim.Optimizer]) -> dict[str, Any]:
    """Put a checkpoint back in place; returns its step, tokens and seconds."""
    model.load_state_dict(MarianMTModel.from_pretrained(out).state_dict())
    memory = torch.load(out / "optimizers.pt", weights_only=False)
    for optimizer, remembered in zip(both, memory["optimizers"], strict=True):
        optimizer.load_state_dict(remembered)
    torch.set_rng_state(memory["random"])
    state: dict[str, Any] = json.loads((out / "state.json").read_text(encoding="utf-8"))
    return state


def _padded(rows: list[list[int]], filler: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [filler] * (longest - len(row)) for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="what koerier.models.training.prepare wrote")
    parser.add_argument("out", type=Path, help="checkpoint folder; an unfinished run goes on")
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parent / "recipe.toml")
    arguments = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in KEEP_MEMORY.items()):
        os.environ.update(KEEP_MEMORY)
        os.execv(sys.executable, [sys.executable, "-m", __spec__.name, *sys.argv[1:]])
    train(arguments.data, arguments.out, arguments.recipe)


if __name__ == "__main__":
    main()
