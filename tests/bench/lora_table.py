"""Blend a LoRA of every dialect into a tiny model of every architecture, and compare it with another implementation.

python -m tests.bench.lora_table [--dialects N] [--figures FILE]

Per parameter the error is max |ours - theirs| / max |theirs|; the table has the largest of a file's parameters. `least
effect` is the smallest max |theirs - base| / max |theirs|: without it, a LoRA that does nothing would look exact.
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from tests.bench import figures
from tests.bench.figures import Bound, Direction, Figure, Kind
from tests.support.lora_files.cases import CASES
from tests.support.lora_files.comparing import Compared, compare
from tests.support.lora_files.tiny_models import ARCHITECTURES, shared_model

LIMIT = 1e-5


def main() -> None:
    arguments = _arguments()
    cases = CASES[: arguments.dialects]
    logging.disable(logging.INFO)  # LyCORIS tells of each block size
    print(f"| dialect | {' | '.join(ARCHITECTURES)} | parameters | least effect | compared with |")
    print(f"|---|{'---|' * len(ARCHITECTURES)}---|---|---|")
    worst = 0.0
    for case in cases:
        found: list[Compared] = []
        for key in ARCHITECTURES:
            model = shared_model(key)
            with tempfile.TemporaryDirectory() as folder:
                found.append(compare(case, case.make(model), model, Path(folder)))
        errors = " | ".join(f"{one.error:.1e}" for one in found)
        counts = ", ".join(str(one.parameters) for one in found)
        print(
            f"| {case} | {errors} | {counts} | {min(one.effect for one in found):.2f} | {case.reference} |", flush=True
        )
        worst = max(worst, *(one.error for one in found))
    print(
        f"\n{len(cases)} dialects on {len(ARCHITECTURES)} architectures; largest error {worst:.1e}, limit {LIMIT:.0e}"
    )
    bound = Bound(Direction.BELOW, LIMIT)
    error = Figure("largest error of a parameter, relative", Kind.ERROR, worst, bound=bound)
    figures.write((Figure("dialects", Kind.COUNT, len(cases)), error), arguments.figures)
    if worst >= LIMIT:
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dialects", type=int, default=len(CASES), help="only the first so many")
    figures.add_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
