"""Templates and key maps that an earlier run of the tests made with the same code: the slow tests find those of the
others, and who runs one test twice does not wait for the same graphs twice."""

import hashlib
import shutil
import time
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_KEPT = ("templates", "key-maps")
_MADE_BY = ("converter/**/*.py", "tests/support/**/*.py", "pyproject.toml", "scripts/constraints.txt")
"""What the graphs depend on, and more: a template that other code made is never found."""
_DAY_S = 86_400


def linked(cache: Path) -> None:
    """Have `cache`, a folder of this run, hold the templates and key maps of this code."""
    kept = _ROOT / "build" / "test-templates"
    mine = kept / _digest()
    for name in _KEPT:
        (mine / name).mkdir(parents=True, exist_ok=True)
        try:
            (cache / name).symlink_to(mine / name)
        except FileExistsError:  # another worker was first
            continue
    for other in kept.iterdir():
        if other != mine and time.time() - other.stat().st_mtime > _DAY_S:
            shutil.rmtree(other, ignore_errors=True)


def _digest() -> str:
    found = hashlib.sha256()
    for path in sorted(
        path for pattern in _MADE_BY for path in _ROOT.glob(pattern) if "node_modules" not in path.parts
    ):
        found.update(f"{path.relative_to(_ROOT)}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
