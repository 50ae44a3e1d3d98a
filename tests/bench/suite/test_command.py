"""The command, with benchmarks that take no time: what is measured, kept, compared, reported, and refused."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.bench.suite.__main__ import main
from tests.bench.suite.alone import alone_in
from tests.bench.suite.benchmarks import WORK, Benchmark, Form, Size
from tests.bench.suite.results import ROOT

# A benchmark that counts how often it ran, and tells one time, beside `cp`, with a promise.
_GOOD = """
import sys
from pathlib import Path
from tests.bench.figures import CP, Figure, Kind, ratio_at_most, write
work, ours = Path(sys.argv[sys.argv.index("--work") + 1]), Path("ours.txt")
(work / "large").write_text("x" * 1000)
runs = Path("{name}.runs")
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
print("nearly done")
figure = Figure("convert", Kind.TIME, float(ours.read_text()), CP, 10.0, bound=ratio_at_most(1.0))
write([figure], Path(sys.argv[-1]))
sys.exit(0 if figure.held else 1)
"""
_BAD = "import sys\nprint('a last word')\nsys.exit('no such thing')\n"
_SLOW = """
import sys, time
from pathlib import Path
Path("slow.started").write_text("")
try:
    time.sleep(60)
except KeyboardInterrupt:
    Path("slow.interrupted").write_text("")
    raise
"""


@dataclass(frozen=True)
class Checkout:
    """A repository with benchmarks of its own."""

    root: Path
    benchmarks: tuple[Benchmark, ...]

    def run(self, *words: str) -> int:
        return main([*words, "--work", str(self.root / "work")], self.benchmarks, self.root)

    def runs(self, name: str) -> int:
        return len((self.root / f"{name}.runs").read_text())

    def ours(self, seconds: float) -> None:
        (self.root / "ours.txt").write_text(str(seconds))

    @property
    def page(self) -> Path:
        return self.root / "docs" / "benchmarks.md"


def benchmark(name: str) -> Benchmark:
    form = Form(("--work", WORK), disk_gb=0.001)
    return Benchmark(name, f"The {name} one", "By hand.", dict.fromkeys(Size, form), package="fakes")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    package = tmp_path / "fakes"
    package.mkdir()
    for name in ("first", "second"):
        (package / f"{name}.py").write_text(_GOOD.format(name=name))
    (package / "bad.py").write_text(_BAD)
    (package / "slow.py").write_text(_SLOW)
    made = Checkout(tmp_path, (benchmark("first"), benchmark("second")))
    made.ours(5.0)
    return made


def with_bad(checkout: Checkout) -> Checkout:
    return replace(checkout, benchmarks=(benchmark("bad"), *checkout.benchmarks))


def test_the_full_suite_prints_one_table_and_writes_page_figures_and_plot(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checkout.run() == 0

    said = capsys.readouterr().out
    assert "first (1 of 2), about 1 min; after it about 1 min" in said
    assert "| first     | convert | 5.00 s | `cp`      |     10.0 s |  0.50 | ratio at most 1.00: held |" in said
    assert "2 of 2 promises held." in said
    assert sorted(path.name for path in checkout.page.parent.iterdir()) == [
        "benchmarks.json",
        "benchmarks.md",
        "benchmarks.svg",
    ]


def test_an_interrupted_suite_goes_on_where_it_was(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.run("--only", "first")
    checkout.run()

    assert (checkout.runs("first"), checkout.runs("second")) == (1, 1)
    assert "first: kept from" in capsys.readouterr().out
    checkout.run("--again", "--only", "first")
    assert (checkout.runs("first"), checkout.runs("second")) == (2, 1)


def test_what_was_kept_from_other_code_is_measured_anew(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / "converter").mkdir()
    (checkout.root / "converter" / "new.py").write_text("")

    checkout.run()

    assert checkout.runs("first") == 2


def test_the_next_run_is_compared_with_the_recorded_one(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.run()
    checkout.ours(4.0)
    capsys.readouterr()

    checkout.run("--again")

    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("| first ")]
    assert [cell.strip() for cell in rows[0]][3:10] == [
        "4.00 s", "`cp`", "10.0 s", "0.40", "ratio at most 1.00: held", "5.00 s", "0.80",
    ]  # fmt: skip


def test_the_same_run_told_again_is_compared_with_what_it_was_compared_with_before(checkout: Checkout) -> None:
    checkout.run()
    checkout.ours(4.0)
    checkout.run("--again")
    written = [path.read_bytes() for path in sorted(checkout.page.parent.iterdir())]

    checkout.run()

    assert b"5.00 s |        0.80" in checkout.page.read_bytes()
    assert [path.read_bytes() for path in sorted(checkout.page.parent.iterdir())] == written


def test_a_missed_promise_is_exit_code_1_after_the_page_was_written(checkout: Checkout) -> None:
    checkout.ours(11.0)

    assert checkout.run() == 1

    assert (
        "- **Missed: first: convert, beside `cp`: found 1.10, expected ratio at most 1.00**"
        in checkout.page.read_text()
    )


def test_a_benchmark_that_fails_is_exit_code_1_and_stops_no_other(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = with_bad(checkout)

    assert broken.run() == 1

    said = capsys.readouterr().out
    assert "bad: failed: it ended with 1 and wrote no figures" in said
    assert "  a last word\n  no such thing\n" in said
    assert (broken.runs("first"), broken.runs("second")) == (1, 1)
    assert "- **Failed: bad: it ended with 1" in broken.page.read_text()
    assert str(checkout.root) not in broken.page.read_text() + broken.page.with_suffix(".json").read_text()


def test_a_failure_is_never_kept(checkout: Checkout) -> None:
    broken = with_bad(checkout)
    broken.run()
    (checkout.root / "fakes" / "bad.py").write_text(_GOOD.format(name="bad"))

    assert broken.run() == 0

    assert (broken.runs("bad"), broken.runs("first")) == (1, 1)


def test_what_a_benchmark_made_is_deleted_when_its_figures_are_kept_unless_it_is_asked_for(checkout: Checkout) -> None:
    checkout.run("--only", "first")
    checkout.run("--only", "second", "--keep")

    assert [path.parent.name for path in checkout.root.glob("work/full/scratch/*/large")] == ["second"]


@pytest.mark.parametrize("words", [("--quick",), ("--only", "first"), ("--no-write",)])
def test_a_part_and_the_quick_form_are_no_recorded_run(words: tuple[str, ...], checkout: Checkout) -> None:
    assert checkout.run(*words) == 0

    assert not checkout.page.exists()


def test_they_are_written_where_somebody_says_so(checkout: Checkout) -> None:
    target = checkout.root / "elsewhere.md"

    checkout.run("--quick", "--write", str(target))

    assert "**The quick form" in target.read_text()
    assert json.loads(target.with_suffix(".json").read_bytes())["size"] == "quick"


def test_too_little_room_is_said_before_anything_runs(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    large = Form(("--work", WORK), disk_gb=1_000_000)
    first = replace(checkout.benchmarks[0], forms={Size.FULL: large})

    assert replace(checkout, benchmarks=(first, checkout.benchmarks[1])).run() == 1

    said = capsys.readouterr().err
    assert "GB free for the work folder, expected more for first 1000000.0 GB; free some" in said
    assert not (checkout.root / "second.runs").exists()


def test_a_record_that_cannot_be_read_is_said_before_anything_runs(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.page.parent.mkdir()
    checkout.page.with_suffix(".json").write_text("{}")

    assert checkout.run() == 1

    assert "found no record of a run in the form of this version" in capsys.readouterr().err
    assert not (checkout.root / "first.runs").exists()


def test_two_runs_in_one_folder_would_measure_each_other(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone_in(checkout.root / "work"):
        assert checkout.run() == 1

    assert "found another run in" in capsys.readouterr().err
    assert checkout.run() == 0


def test_an_unknown_benchmark_is_refused_with_those_that_there_are(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        checkout.run("--only", "third")

    assert stopped.value.code == 2
    assert "found 'third', expected first, second" in capsys.readouterr().err


def test_the_list_says_what_each_takes_and_measures_nothing(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checkout.run("--list") == 0

    assert "| first     | 0.001 GB | 1 min | The first one" in capsys.readouterr().out
    assert not (checkout.root / "first.runs").exists()


_INTERRUPTED = """
import signal, sys
from pathlib import Path
from tests.bench.suite.__main__ import main
from tests.bench.suite.test_command import benchmark
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(["--work", "work"], (benchmark("first"), benchmark("slow")), Path.cwd()))
"""


def test_an_interrupt_ends_what_runs_and_keeps_what_was_measured(checkout: Checkout) -> None:
    command = [sys.executable, "-c", _INTERRUPTED]
    with subprocess.Popen(command, cwd=checkout.root, env=os.environ, stdout=subprocess.PIPE, text=True) as process:
        started, waited = checkout.root / "slow.started", time.monotonic()
        while not started.exists() and time.monotonic() - waited < 60:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "interrupted; what was measured is kept in" in said
    assert (checkout.root / "slow.interrupted").exists()
    assert [path.name for path in checkout.root.glob("work/full/results/*")] == ["first.json"]
    assert not checkout.page.exists()
