"""Blend a LoRA of every dialect into a tiny model of every architecture, and compare it with another implementation.

python -m tests.bench.lora_table

Per parameter the error is max |ours - theirs| / max |theirs|; the table has the largest of a file's parameters. `least
effect` is the smallest max |theirs - base| / max |theirs|: without it, a LoRA that does nothing would look exact.
"""

import logging
import sys
import tempfile
from pathlib import Path

from tests.support.lora_files.cases import CASES
from tests.support.lora_files.comparing import Compared, compare
from tests.support.lora_files.tiny_models import ARCHITECTURES, shared_model

LIMIT = 1e-5


def main() -> None:
    logging.disable(logging.INFO)  # LyCORIS tells of each block size
    print(f"| dialect | {' | '.join(ARCHITECTURES)} | parameters | least effect | compared with |")
    print(f"|---|{'---|' * len(ARCHITECTURES)}---|---|---|")
    worst = 0.0
    for case in CASES:
        found: list[Compared] = []
        for key in ARCHITECTURES:
            with tempfile.TemporaryDirectory() as folder:
                found.append(compare(case, shared_model(key), Path(folder)))
        errors = " | ".join(f"{one.error:.1e}" for one in found)
        counts = ", ".join(str(one.parameters) for one in found)
        print(
            f"| {case} | {errors} | {counts} | {min(one.effect for one in found):.2f} | {case.reference} |", flush=True
        )
        worst = max(worst, *(one.error for one in found))
    print(
        f"\n{len(CASES)} dialects on {len(ARCHITECTURES)} architectures; largest error {worst:.1e}, limit {LIMIT:.0e}"
    )
    if worst >= LIMIT:
        sys.exit(1)


if __name__ == "__main__":
    main()
