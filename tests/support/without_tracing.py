"""The command line on a machine that has none of the libraries that trace: neither imported nor installed."""

import subprocess
import sys
from pathlib import Path

from converter.installed import TRACING
from tests.support.command_line import Ran, environment

_PROGRAM = f"""
import sys
from importlib.metadata import PackageNotFoundError
from importlib.resources.abc import Traversable
from pathlib import Path

sys.modules.update(dict.fromkeys({TRACING!r}))
from converter import installed
found = installed.version
def version(package):
    if package in {TRACING!r}:
        raise PackageNotFoundError(package)
    return found(package)
installed.version = version
if (boxes := sys.argv.pop(1)) != "shipped":
    from converter.box import Box
    from converter.graphs import boxed
    from converter.models import key_map
    boxed.TEMPLATES = Box(Path(boxes) / "templates")
    key_map.BOXED_MAPS = Box(Path(boxes) / "key-maps")
from converter.cli.app import main
main()
"""


def run_without_tracing(*arguments: object, cwd: Path, boxes: Path | None = None) -> Ran:
    """Run `onnx-registry ARGUMENTS` so; a traceback is a failure of the test.

    Args:
        arguments: of the command line.
        cwd: where.
        boxes: a folder with other boxes than those that ship.
    """
    command = [sys.executable, "-c", _PROGRAM, boxes or "shipped", *arguments]
    ran = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment(HOME=str(cwd)),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr)
