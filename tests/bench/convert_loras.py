"""What three LoRAs of rank 128 add to the conversion of a full-size Stable Diffusion 1.5 checkpoint.

    .venv/bin/python -m tests.bench.convert_loras [--work FOLDER] [--rounds 3] [--all-layers] [--tiny]

Each LoRA is in kohya's dialect, in float16, on every attention and feed-forward layer of the UNet and the text encoder,
as sd-scripts trains them; with `--all-layers` also on every convolution (LoCon). Plain and blended conversions take
turns, so that a noisy machine slows both; the ratio is taken within a round.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench import figures
from tests.bench.conversion import Conversion, against, median_ratio, most_memory
from tests.bench.figures import Figure, Kind, at_most, ratio_at_most
from tests.bench.measure import Taken
from tests.support.family import FamilyModel, Lazy, full, tiny, write_original, write_safetensors

RANK, COUNT = 128, 3
RATIO_LIMIT, MEMORY_LIMIT_BYTES = 1.5, 700_000_000
_PREFIXES = {"unet": "lora_unet_", "text_encoder": "lora_te_"}
_PREFIXES_XL = {"unet": "lora_unet_", "text_encoder": "lora_te1_", "text_encoder_2": "lora_te2_"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 15 GB while it runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--all-layers", action="store_true", help="convolutions too")
    parser.add_argument("--tiny", action="store_true", help="a model of a few million parameters: checks this command")
    figures.add_option(parser)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    name = "sd15-family-tiny" if arguments.tiny else "sd15-family"
    bench, model = Conversion(name, arguments.work, tiny=arguments.tiny), (tiny if arguments.tiny else full)("sd1")
    if not bench.checkpoint.exists():
        print("making the checkpoint (random weights, original key names)", flush=True)
        write_original(model, bench.checkpoint.with_suffix(".partial")).rename(bench.checkpoint)
    loras = [lora_file(model, arguments.work, number, convolutions=arguments.all_layers) for number in range(COUNT)]
    bench.write_registry()
    bench.trace_if_cold("sd1")
    found = _compare(bench, loras, arguments.rounds)
    figures.write(figures.without_bounds(found) if arguments.tiny else found, arguments.figures)


def _compare(bench: Conversion, loras: list[Path], rounds: int) -> tuple[Figure, ...]:
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
    print(f"  peak anonymous memory {most_memory(blended) / 1e6:.0f} MB (goal: under 700)")
    said = f"convert with {COUNT} LoRAs of rank {RANK}, no parity"
    memory = Figure(
        f"{said}: peak anonymous memory", Kind.MEMORY, most_memory(blended), bound=at_most(MEMORY_LIMIT_BYTES)
    )
    return against(said, blended, "the same without them", plain, ratio_at_most(RATIO_LIMIT)), memory


def lora_file(model: FamilyModel, work: Path, number: int, *, convolutions: bool = False) -> Path:
    """A LoRA for a model of Stable Diffusion 1.x or XL, written once."""
    path = work / f"lora-{'all' if convolutions else 'linear'}-{number}.safetensors"
    if not path.exists():
        write_safetensors(path, dict(_tensors(model, number, convolutions=convolutions)))
    return path


def _tensors(model: FamilyModel, number: int, *, convolutions: bool) -> Iterator[tuple[str, Lazy]]:
    prefixes = _PREFIXES_XL if "text_encoder_2" in model.configs else _PREFIXES
    for part, prefix in prefixes.items():
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
