"""Writing a safetensors file: what its library and our reader find in it, and how much memory it takes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from converter.files import NoSpaceError
from converter.progress import Progress, silent
from converter.torch_layouts import SafetensorsTensor, write_safetensors
from converter.weights import SafetensorsFile
from tests.support.components import ArrayWeights

MIB = 1 << 20
BOUND_BYTES = 32 * MIB  # less than one tensor
ROWS, COLUMNS, TENSORS = 2048, 6400, 4  # 50 MiB each in float32, 200 MiB together

SCRIPT = """
import sys
from pathlib import Path
from converter.models.state_dict import StateDict, TensorRef
from converter.torch_layouts import SafetensorsTensor, write_safetensors
from converter.weights import SafetensorsFile

def anonymous() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))

file = SafetensorsFile.open(Path(sys.argv[1]))
shapes = {name: file.info(name).shape for name in file.names}
weights = StateDict({name: TensorRef(file, name, shape) for name, shape in shapes.items()})
one, two, three, four = file.names
rows, columns = shapes[one]
tensors = [
    SafetensorsTensor("stacked", (2 * rows, columns), weights, (one, two)),
    SafetensorsTensor("turned", (columns, rows), weights, (three,), transposed=True),
    SafetensorsTensor("convolution", (rows, columns, 1, 1), weights, (four,)),
]
before = peak = anonymous()

def look(_: object) -> None:
    global peak
    peak = max(peak, anonymous())

write_safetensors(tensors, {}, Path(sys.argv[2]), task="test", report=look)
print(peak - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory is a process's own")
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_writing_200_mib_takes_less_memory_than_one_of_the_tensors(tmp_path: Path, dtype: str) -> None:
    from safetensors.numpy import save_file

    values = np.ones((ROWS, COLUMNS), dtype)
    save_file({f"layer{i}.weight": values for i in range(TENSORS)}, tmp_path / "source.safetensors")
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "source.safetensors", tmp_path / "new.safetensors"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < BOUND_BYTES
    with SafetensorsFile.open(tmp_path / "new.safetensors") as file:
        assert sum(np.prod(file.info(name).shape) for name in file.names) == TENSORS * ROWS * COLUMNS


def arrays() -> ArrayWeights:
    random = np.random.default_rng(1)
    shapes = {"q": (3, 4), "k": (3, 4), "v": (3, 4), "projection": (5, 3), "linear": (2, 6)}
    return ArrayWeights({name: random.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()})


def written(path: Path, metadata: dict[str, str] | None = None) -> Path:
    weights = arrays()
    tensors = [
        SafetensorsTensor("in_proj", (9, 4), weights, ("q", "k", "v")),
        SafetensorsTensor("text_projection", (3, 5), weights, ("projection",), transposed=True),
        SafetensorsTensor("mark", (0,), weights, ()),
        SafetensorsTensor("q.weight", (2, 6, 1, 1), weights, ("linear",)),
    ]
    write_safetensors(tensors, metadata or {}, path, task="test", report=silent)
    return path


def test_the_library_finds_tensors_that_are_stacked_turned_and_shaped(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    found, values = load_file(written(tmp_path / "new.safetensors")), arrays().arrays
    np.testing.assert_array_equal(found["in_proj"], np.concatenate([values["q"], values["k"], values["v"]]))
    np.testing.assert_array_equal(found["text_projection"], values["projection"].T)
    np.testing.assert_array_equal(found["q.weight"], values["linear"][:, :, None, None])
    assert found["mark"].shape == (0,)


@pytest.mark.parametrize("title", ["", "a", "ab", "Ünï", "x" * 1000])
def test_the_first_tensor_starts_on_eight_bytes_whatever_the_header_says(tmp_path: Path, title: str) -> None:
    path = written(tmp_path / "new.safetensors", {"title": title})
    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0
    with SafetensorsFile.open(path) as file:
        assert file.metadata == {"format": "pt", "title": title}


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    seen: list[Progress] = []
    weights = arrays()
    path = tmp_path / "new.safetensors"
    tensor = SafetensorsTensor("linear", (2, 6), weights, ("linear",))
    file = write_safetensors([tensor], {}, path, task="unet: streaming weights", report=seen.append)
    assert (seen[-1].done, seen[-1].total, seen[-1].task) == (path.stat().st_size, file.size_bytes, seen[0].task)


def test_what_the_disk_has_no_room_for_is_not_begun(tmp_path: Path) -> None:
    vast = SafetensorsTensor("vast", (1 << 40, 1 << 10), arrays(), ("linear",))
    with pytest.raises(NoSpaceError, match="are needed"):
        write_safetensors([vast], {}, tmp_path / "new.safetensors", task="test", report=silent)
    assert list(tmp_path.iterdir()) == []
