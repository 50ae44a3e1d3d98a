"""One benchmark in a process of its own: its figures, or why there are none."""

from pathlib import Path

import pytest

from tests.bench.figures import Figure, Kind, at_most
from tests.bench.suite.results import ROOT
from tests.bench.suite.running import BenchmarkError, Place, run

_TELL = """
import sys
from pathlib import Path
from tests.bench.figures import Figure, Kind, at_most, write
print("a last word")
write([{figures}], Path(sys.argv[-1]))
sys.exit({code})
"""
GOOD = 'Figure("lost", Kind.COUNT, 0, bound=at_most(0))'
MISSED = 'Figure("lost", Kind.COUNT, 2, bound=at_most(0))'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return Place(tmp_path, tmp_path / "logs" / "one.log", tmp_path / "one.json")


def ignore(seconds: float, line: str) -> None:
    """Nobody wants to know."""


def ran(place: Place, figures: str, code: int) -> tuple[Figure, ...]:
    (place.root / "one.py").write_text(_TELL.format(figures=figures, code=code))
    return run("one", [], place, ignore)


def test_its_figures_are_read_and_their_file_is_gone(place: Place) -> None:
    assert ran(place, GOOD, 0) == (Figure("lost", Kind.COUNT, 0, bound=at_most(0)),)
    assert not place.figures.exists()
    assert place.log.read_text() == "a last word\n"


def test_an_exit_code_of_1_says_that_a_promise_was_missed(place: Place) -> None:
    assert ran(place, MISSED, 1)[0].held is False


@pytest.mark.parametrize(("figures", "code", "says"), [
    (GOOD, 1, "although no figure says why"),
    (MISSED, 2, "although no figure says why"),
    ("", 0, "it wrote no figure"),
])  # fmt: skip
def test_what_figures_do_not_explain_is_a_failure(figures: str, code: int, says: str, place: Place) -> None:
    with pytest.raises(BenchmarkError, match=f"{says}\n  a last word"):
        ran(place, figures, code)


def test_figures_of_an_earlier_run_are_not_taken_for_those_of_one_that_failed(place: Place) -> None:
    ran(place, GOOD, 0)
    place.figures.write_text("[]")
    (place.root / "one.py").write_text("raise SystemExit(9)")

    with pytest.raises(BenchmarkError, match="it ended with 9 and wrote no figures"):
        run("one", [], place, ignore)


# It prints two lines, and ends when somebody has seen the second one.
_WAITING = """
import time
from pathlib import Path
print("first")
print("now this")
while not Path("seen").exists():
    time.sleep(0.05)
"""


def test_it_tells_how_long_and_the_last_line(place: Place) -> None:
    (place.root / "one.py").write_text(_WAITING)
    told: list[tuple[float, str]] = []

    def tell(seconds: float, line: str) -> None:
        told.append((seconds, line))
        if line == "now this":
            (place.root / "seen").touch()

    with pytest.raises(BenchmarkError, match="it ended with 0 and wrote no figures"):
        run("one", [], place, tell)

    assert told[-1][0] >= 1
    assert told[-1][1] == "now this"
