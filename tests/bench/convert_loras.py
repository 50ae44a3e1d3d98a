"""What three LoRAs of rank 128 add to the conversion of a full-size Stable Diffusion 1.5 checkpoint.

    .venv/bin/python -m tests.bench.convert_loras [--work FOLDER] [--rounds 3] [--all-layers]

Each LoRA is in kohya's dialect, in float16, on every attention and feed-forward layer of the UNet and the text encoder,
as sd-scripts trains them; with `--all-layers` also on every convolution (LoCon). Plain and blended conversions take
turns, so that a noisy machine slows both; the ratio is taken within a round.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench.conversion import Conversion, median_ratio
from tests.bench.measure import Taken
from tests.support.family import FamilyModel, Lazy, full, write_original, write_safetensors

RANK, COUNT = 128, 3
_PREFIXES = {"unet": "lora_unet_", "text_encoder": "lora_te_"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 15 GB while it runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--all-layers", action="store_true", help="convolutions too")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    bench, model = Conversion("sd15-family", arguments.work), full("sd1")
    if not bench.checkpoint.exists():
        print("making the checkpoint (random weights, original key names)", flush=True)
        write_original(model, bench.checkpoint.with_suffix(".partial")).rename(bench.checkpoint)
    loras = [_lora(model, arguments.work, number, convolutions=arguments.all_layers) for number in range(COUNT)]
    bench.write_registry()
    bench.trace_if_cold("sd1")
    _compare(bench, loras, arguments.rounds)


def _compare(bench: Conversion, loras: list[Path], rounds: int) -> None:
    plain: list[Taken] = []
    blended: list[Taken] = []
    entries = [{"name": path.stem, "source": f"./{path.name}", "weight": 0.5} for path in loras]
    for _ in range(rounds):
        bench.write_registry()
        plain.append(bench.convert("--no-parity"))
        bench.write_registry(loras=entries)
        blended.append(bench.convert("--no-parity"))
    sizes = sum(path.stat().st_size for path in loras)
    print(f"\n{COUNT} LoRAs of rank {RANK} ({sizes / 1e6:.0f} MB together), {rounds} rounds:")
    for without, with_three in zip(plain, blended, strict=True):
        print(f"  plain {without.seconds:6.1f} s   with {COUNT} LoRAs {with_three.seconds:6.1f} s")
    print(f"  median ratio {median_ratio(blended, plain):.2f} (goal: at most 1.5)")
    print(f"  peak anonymous memory {max(t.anonymous_bytes for t in blended) / 1e6:.0f} MB (goal: under 700)")


def _lora(model: FamilyModel, work: Path, number: int, *, convolutions: bool) -> Path:
    path = work / f"lora-{'all' if convolutions else 'linear'}-{number}.safetensors"
    if not path.exists():
        write_safetensors(path, dict(_tensors(model, number, convolutions=convolutions)))
    return path


def _tensors(model: FamilyModel, number: int, *, convolutions: bool) -> Iterator[tuple[str, Lazy]]:
    for part, prefix in _PREFIXES.items():
        for name, shape in model.shapes(part).items():
            if not _is_trained(name, shape, convolutions=convolutions):
                continue
            key = prefix + name.removesuffix(".weight").replace(".", "_")
            ones = (1,) * (len(shape) - 2)
            yield f"{key}.lora_down.weight", _normal((RANK, *shape[1:]), number)
            yield f"{key}.lora_up.weight", _normal((shape[0], RANK, *ones), number)
            yield f"{key}.alpha", Lazy((), "float16", lambda: np.array(RANK / 2, np.float16))


def _is_trained(name: str, shape: tuple[int, ...], *, convolutions: bool) -> bool:
    linear = any(word in name for word in (".attn", ".ff.", "self_attn", ".mlp.", "proj_in", "proj_out"))
    layer = name.endswith(".weight") and len(shape) in (2, 4) and "embedding" not in name
    return layer and (linear or convolutions)


def _normal(shape: tuple[int, ...], seed: int) -> Lazy:
    def make() -> np.ndarray:
        return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32) * np.float32(0.01)

    return Lazy(shape, "float16", make)


if __name__ == "__main__":
    main()
