"""Convert a full-size Stable Diffusion 1.5 checkpoint with random weights, and compare with `cp` and with optimum.

    .venv/bin/python -m tests.bench.convert_sd15 [--against optimum] [--work FOLDER] [--rounds 3]

Times are wall seconds of whole processes. Each round runs `cp` of the checkpoint and the conversion one after the
other, so that a noisy machine slows both; the ratio is taken within a round, and the median is reported.
"""

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

from tests.bench.against_optimum import against_optimum
from tests.bench.measure import Taken, memory_group, run
from tests.support.sd1_models import sd15, write_checkpoint

NAME = "sd15-random"
LIMIT_BYTES = 1_500_000_000


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    checkpoint = work / "sd15-random.safetensors"
    _make(checkpoint)
    _registry(work, checkpoint)
    _cold(work)
    ours = _warm(work, checkpoint, rounds=arguments.rounds)
    _in_a_small_group(work)
    whole = _with_parity(work)
    if arguments.against == "optimum":
        against_optimum(work, ours, whole, folder=work / "build" / f"{NAME}.v1")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--against", choices=["optimum"], help="also run optimum-onnx, in its own environment")
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 20 GB while it runs")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _make(checkpoint: Path) -> None:
    if not checkpoint.exists():
        print("making the checkpoint (random weights, original key names)", flush=True)
        partial = checkpoint.with_suffix(".partial")
        write_checkpoint(sd15(), partial)
        partial.rename(checkpoint)
    print(f"checkpoint: {checkpoint.stat().st_size / 1e9:.3f} GB", flush=True)


def _registry(work: Path, checkpoint: Path) -> None:
    entry = {"name": NAME, "source": f"./{checkpoint.name}", "format": "safetensors"}
    (work / "extras.json").write_text(json.dumps({"diffusion": [entry]}))


def _cold(work: Path) -> None:
    shutil.rmtree(work / "cache", ignore_errors=True)
    taken = run([sys.executable, "-m", "tests.bench.trace_sd15", work / "cache" / "templates"])
    figures = json.loads(taken.output.splitlines()[-1])
    print(f"\ncold templates: {taken.seconds:.1f} s, peak resident {figures['resident_bytes'] / 1e6:.0f} MB")
    for name, seconds in figures["seconds"].items():
        print(f"  {name:<28} {seconds:6.1f} s", flush=True)


def _convert(work: Path, *options: str) -> list[str | Path]:
    shutil.rmtree(work / "build", ignore_errors=True)
    places = ["--registry", work / "extras.json", "--cache", work / "cache", "--build", work / "build"]
    return [sys.executable, "-m", "converter", "convert", *places, *options]


def _warm(work: Path, checkpoint: Path, *, rounds: int) -> Taken:
    run(_convert(work, "--no-parity"))  # fills the key map, and brings the checkpoint into the page cache for both
    copies, digested, conversions = [], [], []
    for _ in range(rounds):
        copies.append(_fresh(work, ["cp", checkpoint, work / "copy"]))
        digested.append(_fresh(work, ["sh", "-c", 'cp "$0" "$1" && sha256sum "$0" "$1"', checkpoint, work / "copy"]))
        conversions.append(_fresh(work, _convert(work, "--no-parity")))
    print(f"\nconvert with warm templates, {rounds} rounds, against cp, and against cp and sha256sum of both files:")
    for ours, cp, both in zip(conversions, copies, digested, strict=True):
        print(f"  convert {ours.seconds:6.1f} s   cp {cp.seconds:6.1f} s   cp and sha256sum {both.seconds:6.1f} s")
    print(f"  median ratio to cp {_median_ratio(conversions, copies):.2f} (goal: at most 1.3)")
    print(f"  median ratio to cp and sha256sum {_median_ratio(conversions, digested):.2f}")
    best = min(conversions, key=lambda taken: taken.seconds)
    print(f"  peak anonymous memory {max(t.anonymous_bytes for t in conversions) / 1e6:.0f} MB (goal: under 500)")
    size = sum(path.stat().st_size for path in (work / "build").rglob("*") if path.is_file())
    print(f"  size of the release {size / 1e9:.3f} GB", flush=True)
    return best


def _fresh(work: Path, command: list[str | Path]) -> Taken:
    """Run a command with nothing left to be written from what ran before it."""
    (work / "copy").unlink(missing_ok=True)
    run(["sync"])
    return run(command)


def _median_ratio(ours: list[Taken], theirs: list[Taken]) -> float:
    return statistics.median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))


def _in_a_small_group(work: Path) -> None:
    with memory_group(LIMIT_BYTES) as group:
        if group is None:
            print("\nmemory cgroup: not measured, this machine does not let us make one")
            return
        taken = run(_convert(work, "--no-parity"), cgroup=group)
        print(f"\ninside a {LIMIT_BYTES / 1e9:.1f} GB memory cgroup, page cache included: {taken.seconds:.1f} s")
        peak = group.peak_bytes()
        print(f"  peak of the group {peak / 1e6:.0f} MB" if peak else "  peak of the group: not reported", flush=True)


def _with_parity(work: Path) -> Taken:
    taken = run(_convert(work))
    manifest = json.loads((work / "build" / f"{NAME}.v1" / "manifest.json").read_text())
    print(f"\nconvert with parity: {taken.seconds:.1f} s, peak anonymous memory {taken.anonymous_bytes / 1e6:.0f} MB")
    for component in manifest["components"]:
        for parity in component["parity"]:
            shapes = ", ".join("x".join(map(str, shape)) for shape in parity["shapes"].values())
            ratio = "equal" if parity["psnr_db"] is None else f"{parity['psnr_db']:.1f} dB"
            print(f"  {component['name']:<13} {shapes:<32} max-abs {parity['max_abs']:.2g}  {ratio}", flush=True)
    return taken


if __name__ == "__main__":
    main()
