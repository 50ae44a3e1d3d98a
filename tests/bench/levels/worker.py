"""One graph in a process of its own: it is loaded, then runs whenever a line of standard input says so.

It answers each line with a line of JSON. It knows nothing of this repository, so that any Python with onnxruntime
can run it: python worker.py GRAPH INPUTS OPTIMISATION
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


def main(graph: str, inputs: str, optimisation: str) -> None:
    options = ort.SessionOptions()
    options.graph_optimization_level = {
        "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
        "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
    }[optimisation]
    options.log_severity_level = 3
    # Threads that wait for work by turning would slow the process whose turn it is.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    started = time.perf_counter()
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    _say(seconds=time.perf_counter() - started)
    feed = _feed(session, inputs)
    for line in sys.stdin:
        _do(session, feed, line.strip())


def _do(session: Any, feed: dict[str, Any], line: str) -> None:
    started = time.perf_counter()
    outputs = session.run(None, feed)
    seconds = time.perf_counter() - started
    if line != "run":
        names = [port.name for port in session.get_outputs()]
        np.savez(line, **dict(zip(names, outputs, strict=True)))
    _say(seconds=seconds, peak_bytes=_peak_bytes())


def _feed(session: Any, inputs: str) -> dict[str, Any]:
    """The inputs in the dtype and rank of the graph's ports."""
    arrays, feed = np.load(inputs), {}
    for port in session.get_inputs():
        array = arrays[port.name].astype(_DTYPES[port.type])
        feed[port.name] = array if len(port.shape) == array.ndim else array.reshape(())
    return feed


def _peak_bytes() -> int:
    """The most that was resident, mapped weights included; `ru_maxrss` would begin with what the parent had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _say(**said: float) -> None:
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
