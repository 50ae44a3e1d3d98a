"""Put changed weight files through the readers: only our own errors may come out, in bounded memory.

python -m tests.bench.fuzz_readers --inputs 100000
"""

import argparse
import sys
import time

from tests.bench import figures
from tests.bench.figures import Figure, Kind, at_most
from tests.support.fuzzing import Report, fuzz

MOST_GROWN_BYTES = 64 << 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many files")
    parser.add_argument("--seed", type=int, default=0, help="another one gives other files")
    figures.add_option(parser)
    options = parser.parse_args()
    started = time.monotonic()
    report = fuzz(options.inputs, options.seed)
    seconds = time.monotonic() - started
    figures.write(_figures(report, seconds), options.figures)
    print(f"{report.inputs:,} inputs in {seconds:.1f} s, seed {options.seed}")
    for outcome, count in sorted(report.outcomes.items()):
        print(f"  {outcome:<40} {count:>9,}")
    print(f"the process grew by {report.grown_bytes / 2**20:.1f} MiB, at most {MOST_GROWN_BYTES >> 20} are allowed")
    for reader, data, error in report.failures[:10]:
        print(f"  {reader}: {error!r} from {data[:400]!r}")
    return 1 if report.failures or report.grown_bytes > MOST_GROWN_BYTES else 0


def _figures(report: Report, seconds: float) -> tuple[Figure, ...]:
    return (
        Figure("changed files read", Kind.COUNT, report.inputs),
        Figure("changed files read: all of them", Kind.TIME, seconds, how="one run"),
        Figure("other errors than ours", Kind.COUNT, len(report.failures), bound=at_most(0)),
        Figure("growth of the process", Kind.MEMORY, report.grown_bytes, bound=at_most(MOST_GROWN_BYTES)),
    )


if __name__ == "__main__":
    sys.exit(main())
