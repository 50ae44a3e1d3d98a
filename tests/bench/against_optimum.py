"""The same model through optimum-onnx, in its own virtual environment, and both results beside PyTorch's."""

import shutil
import sys
from pathlib import Path

import numpy as np

from tests.bench.environments import OPTIMUM_PINS, environment
from tests.bench.measure import Taken, run
from tests.support.sd1_models import sd15, write_folder


def against_optimum(work: Path, warm: Taken, whole: Taken, *, folder: Path) -> None:
    """Export with optimum and print the ratios; both products run on the same inputs, so that neither is hollow."""
    python = environment(work / "optimum-venv", OPTIMUM_PINS)
    source = work / "sd15-random-folder"
    if not source.exists():
        print("\nmaking the diffusers folder (names as transformers 4 saves them, which optimum reads)", flush=True)
        write_folder(sd15(), work / "folder.partial").rename(source)
    target = work / "optimum"
    shutil.rmtree(target, ignore_errors=True)
    theirs = run(
        [python, "-m", "optimum.exporters.onnx", "--model", source, "--task", "text-to-image", target], cwd=work
    )
    print(f"\noptimum-onnx 0.1.0: {theirs.seconds:.1f} s, peak anonymous memory {theirs.anonymous_bytes / 1e9:.2f} GB")
    for name, taken in (("without parity", warm), ("with parity", whole)):
        time = theirs.seconds / taken.seconds
        memory = theirs.anonymous_bytes / taken.anonymous_bytes
        print(f"  ours {name}: {time:.1f} times faster, {memory:.1f} times less memory")
    print("  (goal: 20 times faster, a tenth of the memory)", flush=True)
    _compare(folder, target)


def _compare(ours: Path, theirs: Path) -> None:
    """Largest difference between the two exports: text encoder and UNet."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    generator = np.random.default_rng(0)
    feeds = {
        "text_encoder": {"input_ids": generator.integers(0, 49407, (1, 77))},
        "unet": {
            "sample": generator.standard_normal((1, 4, 32, 32), dtype=np.float32),
            "timestep": np.array(481, np.int64),
            "encoder_hidden_states": generator.standard_normal((1, 77, 768), dtype=np.float32),
        },
    }
    for part, feed in feeds.items():
        outputs = []
        for folder in (ours, theirs):
            session = ort.InferenceSession(str(folder / part / "model.onnx"), options)
            kinds = {"tensor(int32)": np.int32, "tensor(int64)": np.int64, "tensor(float)": np.float32}
            typed = {port.name: feed[port.name].astype(kinds[port.type]) for port in session.get_inputs()}
            outputs.append(session.run(None, typed)[0])
            del session
        print(f"  {part}: ours and optimum's differ by {np.abs(outputs[0] - outputs[1]).max():.2g}", flush=True)


if __name__ == "__main__":
    sys.exit("run tests.bench.convert_sd15 --against optimum")
