"""Convert a full-size Stable Diffusion 1.5 checkpoint with random weights, and compare with `cp` and with optimum.

    .venv/bin/python -m tests.bench.convert_sd15 [--against optimum] [--work FOLDER] [--rounds 3] [--precision int8]

Times are wall seconds of whole processes. Each round runs `cp` of the checkpoint and the conversion one after the
other, so that a noisy machine slows both; the ratio is taken within a round, and the median is reported.
"""

import argparse
from pathlib import Path

from converter.registry import Precision
from tests.bench.against_optimum import against_optimum
from tests.bench.conversion import Conversion, median_ratio
from tests.bench.measure import Taken
from tests.support.sd1_models import sd15, write_checkpoint

LIMIT_BYTES = 1_500_000_000


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    bench = Conversion("sd15-random", work)
    _make(bench.checkpoint)
    bench.write_registry(precision=arguments.precision)
    bench.trace_cold("sd1")
    ours = _warm(bench, rounds=arguments.rounds)
    bench.in_group(LIMIT_BYTES, "--no-parity")
    whole = bench.convert()
    print(f"\nconvert with parity: {whole.seconds:.1f} s, peak anonymous memory {whole.anonymous_bytes / 1e6:.0f} MB")
    bench.print_parity()
    if arguments.against == "optimum":
        against_optimum(work, ours, whole, folder=bench.release)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--against", choices=["optimum"], help="also run optimum-onnx, in its own environment")
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 20 GB while it runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=list(Precision), default=Precision.FP32, help="of the release")
    return parser.parse_args()


def _make(checkpoint: Path) -> None:
    if not checkpoint.exists():
        print("making the checkpoint (random weights, original key names)", flush=True)
        partial = checkpoint.with_suffix(".partial")
        write_checkpoint(sd15(), partial)
        partial.rename(checkpoint)
    print(f"checkpoint: {checkpoint.stat().st_size / 1e9:.3f} GB", flush=True)


def _warm(bench: Conversion, *, rounds: int) -> Taken:
    bench.convert("--no-parity")  # fills the key map, and brings the checkpoint into the page cache for both
    copies, digested, conversions = [], [], []
    for _ in range(rounds):
        copies.append(bench.copy())
        digested.append(bench.copy(digests=True))
        conversions.append(bench.convert("--no-parity"))
    print(f"\nconvert with warm templates, {rounds} rounds, against cp, and against cp and sha256sum of both files:")
    for ours, cp, both in zip(conversions, copies, digested, strict=True):
        print(f"  convert {ours.seconds:6.1f} s   cp {cp.seconds:6.1f} s   cp and sha256sum {both.seconds:6.1f} s")
    print(f"  median ratio to cp {median_ratio(conversions, copies):.2f} (goal: at most 1.3)")
    print(f"  median ratio to cp and sha256sum {median_ratio(conversions, digested):.2f}")
    best = min(conversions, key=lambda taken: taken.seconds)
    print(f"  peak anonymous memory {max(t.anonymous_bytes for t in conversions) / 1e6:.0f} MB (goal: under 500)")
    print(f"  size of the release {bench.release_bytes / 1e9:.3f} GB", flush=True)
    return best


if __name__ == "__main__":
    main()
