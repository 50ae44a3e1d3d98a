"""Make every request of a publication fail once, before and after it was applied, and compare the end states.

python -m tests.bench.publish_faults [--scenario NAME] [--transfer lfs|xet] [--figures FILE]

For each scenario, by Git LFS and by Xet: the requests of a clean run are recorded; then each of them is answered with
500, with 429 and `Retry-After`, or not at all, on a hub of its own. After the reruns that it takes the hub must hold
what it holds after the clean run, down to the last commit.
"""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import figures
from tests.bench.figures import Figure, Kind, at_most
from tests.support.publish_faults import FIRST, NEXT, YANK, Scenario, cases_of, record, run_case

_SCENARIOS = (FIRST, NEXT, YANK)
_TRANSFERS = {"lfs": False, "xet": True}


def main() -> None:
    arguments = _arguments()
    logging.disable(logging.WARNING)  # the client tells of each retry
    print("| scenario | transfer | requests | cases | same end state | most runs | seconds |")
    print("|---|---|--:|--:|--:|--:|--:|")
    total = wrong = 0
    for scenario in (each for each in _SCENARIOS if arguments.scenario in (None, each.name)):
        for xet in (_TRANSFERS[each] for each in _TRANSFERS if arguments.transfer in (None, each)):
            cases, failed = _table_row(scenario, xet=xet)
            total, wrong = total + cases, wrong + failed
    otherwise = Figure("ended otherwise than without a fault", Kind.COUNT, wrong, bound=at_most(0))
    figures.write((Figure("publications with a fault", Kind.COUNT, total), otherwise), arguments.figures)
    print(f"\n{total} cases, {wrong} ended otherwise")
    sys.exit(1 if wrong or not total else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--scenario", choices=[scenario.name for scenario in _SCENARIOS], help="this one only")
    parser.add_argument("--transfer", choices=list(_TRANSFERS), help="this one only")
    figures.add_option(parser)
    return parser.parse_args()


def _table_row(scenario: Scenario, *, xet: bool) -> tuple[int, int]:
    started, runs, failed = time.monotonic(), [], []
    with tempfile.TemporaryDirectory() as folder:
        recorded = record(scenario, Path(folder), xet=xet)
    cases = list(cases_of(recorded))
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            try:
                state, count = run_case(scenario, case, Path(folder), xet=xet)
                if state != recorded.state:
                    failed.append(f"{case}: another end state")
                runs.append(count)
            except AssertionError as error:
                failed.append(f"{case}: {error}")
    seconds = time.monotonic() - started
    transfer, same, most = "Xet" if xet else "Git LFS", len(cases) - len(failed), max(runs, default=0)
    cells = (scenario.name, transfer, len(recorded.requests), len(cases), same, most, round(seconds))
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    for line in failed:
        print(f"  {line}", file=sys.stderr)
    return len(cases), len(failed)


if __name__ == "__main__":
    main()
