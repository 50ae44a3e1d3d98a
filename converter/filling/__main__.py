"""`python -m converter.filling [--check]`: fill the boxes of the package, or say what would be other than it is.

Everything is traced, which takes about ten minutes. With --check nothing is written, and exit code 1 says that the
package has something else than what this checkout makes: fill the boxes, and raise RECIPE if a graph changed.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from converter.box import Box, Boxed
from converter.filling.key_maps import boxed_key_maps
from converter.filling.templates import boxed_templates
from converter.graphs import TEMPLATES, ShapeStore
from converter.models.key_map import BOXED_MAPS


def main(arguments: list[str]) -> int:
    """Exit status: 0 filled or the same, 1 differs, 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m converter.filling", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, byte by byte")
    check: bool = parser.parse_args(arguments).check
    with TemporaryDirectory() as kept:
        boxes = [(TEMPLATES, boxed_templates()), (BOXED_MAPS, boxed_key_maps(ShapeStore(Path(kept))))]
        # The shapes of the second come from the first.
        return max([_differs(box, things) if check else _fill(box, things) for box, things in boxes])


def _fill(box: Box, things: Iterable[Boxed]) -> int:
    for name in box.fill(things):
        _say(f"{box.place.name}: {name}")
    return 0


def _differs(box: Box, things: Iterable[Boxed]) -> int:
    names = sorted(set(box.differences(things)))
    if names:
        _say(
            f"{box.place.name}: {', '.join(names)} in the package is not what is made here; "
            "run `python -m converter.filling` and commit the result, and raise RECIPE if a graph changed"
        )
    return 1 if names else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
