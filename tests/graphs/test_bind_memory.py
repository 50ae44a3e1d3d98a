"""Binding takes a few chunks of memory, whatever the size of the model."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.sd1_models import write_safetensors

MIB = 1 << 20
BOUND_BYTES = 32 * MIB  # less than one tensor
ROWS, COLUMNS, TENSORS = 2048, 6400, 4  # 50 MiB each in float32, 200 MiB together

# `RssAnon` is the memory that is the process's own; pages of the mapped file can go whenever somebody needs room.
SCRIPT = """
import sys, threading, time
from pathlib import Path
import numpy as np
from converter.graphs import Parameter, WithRows, bind
from converter.models.state_dict import StateDict, TensorRef
from converter.weights import SafetensorsFile
from tests.support.tiny_templates import as_it_is, tiny_template, turned

def anonymous() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))

file, folder = SafetensorsFile.open(Path(sys.argv[1])), Path(sys.argv[2])
parameters = [(turned if i % 2 else as_it_is)(name, *file.info(name).shape) for i, name in enumerate(file.names)]
if sys.argv[4] == "blocks":
    parameters = [Parameter(name, name, file.info(name).shape, None, "float16", 32) for name in file.names]
template = tiny_template(parameters)
weights = StateDict({name: TensorRef(file, name, file.info(name).shape) for name in file.names})
rows = int(sys.argv[3])
if rows:
    template = template.with_rows(file.names[0], rows)
    weights = WithRows(weights, file.names[0], np.ones((rows, file.info(file.names[0]).shape[1]), np.float32))
before = peak = anonymous()

def look(_: object) -> None:
    global peak
    peak = max(peak, anonymous())

bind(template, weights, folder, report=look)
print(peak - before)
"""


def peak_bytes(checkpoint: Path, folder: Path, *, rows: int = 0, stored: str = "plain") -> int:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, checkpoint, folder, str(rows), stored],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


def checkpoint(folder: Path, dtype: str) -> Path:
    shape = (ROWS, COLUMNS)
    values = np.ones(shape, dtype)
    names = [f"layer{i}.weight" for i in range(TENSORS)]
    path = folder / "model.safetensors"
    write_safetensors(path, dict.fromkeys(names, lambda: values), dict.fromkeys(names, shape), dtype)
    return path


ON_LINUX = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux says how much memory is a process's own"
)


@ON_LINUX
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_binding_a_model_of_200_mib_takes_less_than_one_of_its_tensors(tmp_path: Path, dtype: str) -> None:
    assert peak_bytes(checkpoint(tmp_path, dtype), tmp_path / "unet") < BOUND_BYTES
    assert (tmp_path / "unet" / "weights.pb").stat().st_size == TENSORS * ROWS * COLUMNS * 4


@ON_LINUX
def test_rows_behind_a_tensor_do_not_bring_all_of_it_into_memory(tmp_path: Path) -> None:
    assert peak_bytes(checkpoint(tmp_path, "float32"), tmp_path / "unet", rows=76) < BOUND_BYTES
    assert (tmp_path / "unet" / "weights.pb").stat().st_size == (TENSORS * ROWS + 76) * COLUMNS * 4


@ON_LINUX
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_quantising_takes_as_little_memory(tmp_path: Path, dtype: str) -> None:
    assert peak_bytes(checkpoint(tmp_path, dtype), tmp_path / "bound", stored="blocks") < BOUND_BYTES
    scales = ROWS * COLUMNS // 32 * 2
    assert (tmp_path / "bound" / "weights.pb").stat().st_size == TENSORS * (ROWS * COLUMNS + scales)
