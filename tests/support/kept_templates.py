"""Templates and key maps that an earlier run of the tests made with the same code: the slow tests find those of the
others, and who runs one test twice does not wait for the same graphs twice."""

import shutil
import time
from pathlib import Path

from tests.support.code_digest import code_digest

_ROOT = Path(__file__).parents[2]
_KEPT = ("templates", "key-maps")
_MADE_BY = ("converter/**/*", "tests/support/**/*.py", "pyproject.toml", "scripts/constraints.txt")
"""What the graphs depend on, and more: a template that other code made is never found."""
_DAY_S = 86_400


def linked(cache: Path) -> None:
    """Have `cache`, a folder of this run, hold the templates and key maps of this code."""
    kept = _ROOT / "build" / "test-templates"
    mine = kept / code_digest(_ROOT, _MADE_BY)[:16]
    for name in _KEPT:
        (mine / name).mkdir(parents=True, exist_ok=True)
        try:
            (cache / name).symlink_to(mine / name)
        except FileExistsError:  # another worker was first
            continue
    for other in kept.iterdir():
        if other != mine and time.time() - other.stat().st_mtime > _DAY_S:
            shutil.rmtree(other, ignore_errors=True)
