"""The same weights through optimum-onnx, once, in its own virtual environment."""

import shutil
from pathlib import Path

from tests.bench.environments import OPTIMUM_PINS, environment
from tests.bench.levels.results import Exported, load_exported, save
from tests.bench.measure import run


def exported(source: Path, work: Path, environments: Path, *, again: bool) -> tuple[Path, Exported]:
    """Optimum's folder and what it took; kept in `work`, so that only the first run makes it, unless `again`."""
    target, record = work / f"optimum-{source.name}", work / "results" / f"optimum-{source.name}.json"
    found = None if again else load_exported(record)
    if found is None or not target.exists():
        found = _export(source, target, environment(environments / "optimum-venv", OPTIMUM_PINS))
        save(found, record)
    return target, found


def _export(source: Path, target: Path, python: Path) -> Exported:
    print("exporting with optimum-onnx", flush=True)
    shutil.rmtree(target, ignore_errors=True)
    command: list[str | Path] = [
        python,
        "-m",
        "optimum.exporters.onnx",
        "--model",
        source,
        "--task",
        "text-to-image",
        target,
    ]
    taken = run(command, cwd=target.parent)
    sizes = {graph.parent.name: _bytes(graph.parent) for graph in sorted(target.glob("*/model.onnx"))}
    return Exported(taken.seconds, taken.anonymous_bytes, sizes)


def _bytes(folder: Path) -> int:
    """Of its graph, and of the data beside it where it has some."""
    return sum(path.stat().st_size for path in folder.glob("model.onnx*"))
