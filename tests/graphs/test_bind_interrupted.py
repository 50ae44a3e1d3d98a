"""What happens when streaming stops in the middle: the error comes out, and no thread is left behind."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.graphs import bind
from converter.progress import Progress
from tests.support.components import ArrayWeights
from tests.support.tiny_templates import as_it_is, tiny_template

PARAMETERS = [as_it_is("a", 1000), as_it_is("b", 1000)]
ARRAYS: Mapping[str, "np.ndarray[Any, Any]"] = {name: np.ones(1000, np.float32) for name in ("a", "b")}

# Many chunks, so that the queue to the digest is full when the disk is.
DISK_FULL = """
import resource, sys, threading
from pathlib import Path
import numpy as np
from converter.errors import ConverterError
from converter.graphs import bind
from tests.support.components import ArrayWeights
from tests.support.tiny_templates import as_it_is, tiny_template

limit, folder = int(sys.argv[1]), Path(sys.argv[2])
weights = ArrayWeights({"w": np.ones(24 << 20, np.float32)})
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    bind(tiny_template([as_it_is("w", 24 << 20)]), weights, folder)
except ConverterError as error:
    print(type(error).__name__, error)
print("threads:", threading.active_count())
"""


class Unreadable(ArrayWeights):
    def read(self, name: str) -> "np.ndarray[Any, Any]":
        if name == "b":
            raise OSError("the network drive is gone")
        return super().read(name)


def test_an_error_of_reading_comes_out_as_it_is_and_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="the network drive is gone"):
        bind(tiny_template(PARAMETERS), Unreadable(ARRAYS), tmp_path)
    assert threading.active_count() == before


def test_ctrl_c_comes_out_and_leaves_no_thread(tmp_path: Path) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        bind(tiny_template(PARAMETERS), ArrayWeights(ARRAYS), tmp_path, report=interrupt)
    assert threading.active_count() == before


def test_no_graph_is_written_beside_half_of_the_data(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="network drive"):
        bind(tiny_template(PARAMETERS), Unreadable(ARRAYS), tmp_path)
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize(
    "limit",
    [40 << 20, (96 << 20) - 100],
    ids=["in the middle", "in the last chunk"],
)
def test_a_disk_that_fills_up_while_streaming_is_an_error_with_the_file_and_leaves_no_thread(
    tmp_path: Path, limit: int
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(limit), tmp_path / "unet"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "WriteError" in run.stdout
    assert f"{tmp_path / 'unet' / 'weights.pb'}" in run.stdout
    assert "File too large" in run.stdout
    assert "threads: 1" in run.stdout
