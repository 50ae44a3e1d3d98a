"""Runs of the suite as tests need them: figures that nobody measured.

`python -m tests.bench.suite.samples` writes the page and the plot of one of them as the goldens; read their diff.
"""

from dataclasses import replace
from pathlib import Path

from tests.bench.figures import CP, OPTIMUM, Figure, Kind, at_most, ratio_at_most
from tests.bench.levels.machine import Machine
from tests.bench.suite.benchmarks import ALL, Size
from tests.bench.suite.record import Earlier, Record
from tests.bench.suite.report import write
from tests.bench.suite.results import Code, Result

CONVERT, PARITY = "convert, templates warm, no parity", "convert with parity"
LOAD, STEP = "`fp32/none`, unet: load", "`fp32/none`, unet: step"
GOLDENS = Path(__file__).parent / "goldens"
CODE = Code("0123456789", "a digest")

SD15 = Result(
    "convert_sd15",
    ".venv/bin/python -m tests.bench.convert_sd15 --work FOLDER",
    "2026-01-02 03:04",
    600.0,
    CODE,
    (
        Figure(CONVERT, Kind.TIME, 5.4, f"{CP} of the checkpoint", 8.4, 0.64, ratio_at_most(1.0), "medians of 5"),
        Figure(CONVERT, Kind.TIME, 5.4, f"{CP} and `sha256sum` of both files", 19.0, 0.28),
        Figure(CONVERT, Kind.TIME, 5.4, OPTIMUM, 182.4, bound=ratio_at_most(0.05)),
        Figure(f"{CONVERT}: peak anonymous memory", Kind.MEMORY, 76e6, OPTIMUM, 4.65e9, bound=ratio_at_most(0.1)),
        Figure(PARITY, Kind.TIME, 19.9, OPTIMUM, 182.4),
        Figure("unet: largest difference from PyTorch", Kind.ERROR, 5.9e-6, bound=at_most(1e-3)),
    ),
)
LEVELS = Result(
    "levels",
    ".venv/bin/python -m tests.bench.levels --levels fp32/none --work FOLDER",
    "2026-01-02 04:05",
    900.0,
    CODE,
    (
        Figure(LOAD, Kind.TIME, 0.94, OPTIMUM, 1.26, bound=ratio_at_most(1.0)),
        Figure(STEP, Kind.TIME, 5.0, OPTIMUM, 4.5, bound=ratio_at_most(1.05)),
    ),
)
SCHEDULES = Result(
    "random_schedules",
    ".venv/bin/python -m tests.bench.random_schedules --schedules 1000",
    "2026-01-02 05:06",
    400.0,
    CODE,
    (Figure("releases lost", Kind.COUNT, 0, bound=at_most(0)),),
)
MACHINE = Machine("A processor", 2, 24_000_000_000, "Linux 6, Python 3.11.9", {"onnxruntime": "1.32.0"})
RECORD = Record(
    Size.FULL,
    "./scripts/bench",
    MACHINE,
    "ext4, 252 GB",
    (SD15, LEVELS, SCHEDULES),
    {"lora_table": "it ended with 1 and wrote no figures"},
    ("fuzz_readers",),
    {
        "convert_sd15": Earlier(
            "2025-12-31 10:00",
            "fedcba9876",
            "A processor, 2 cores",
            {f"{CONVERT}, beside {CP} of the checkpoint": 6.0, "unet: largest difference from PyTorch": 6e-6},
        )
    },
)
HOLDING = replace(RECORD, results=(SD15, SCHEDULES), failed={}, left_out=())
"""Nothing failed, and every promise was found."""

if __name__ == "__main__":
    _, figures, _ = write(RECORD, {benchmark.name: benchmark for benchmark in ALL}, GOLDENS / "benchmarks.md")
    figures.unlink()
