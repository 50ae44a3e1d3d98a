"""What a command took is its own: nothing of whoever started it, however large."""

import json
import subprocess
import sys

import pytest

from converter.cli.step_clock import peak_bytes
from tests.support.usage import usage_of

BALLAST_BYTES = 300_000_000
SMALL = (sys.executable, "-c", "print('said')")
LARGE = (sys.executable, "-c", "kept = b'x' * 200_000_000; sum(range(3_000_000))")


@pytest.fixture
def ballast() -> bytearray:
    """Memory of the process that measures."""
    return bytearray(b"x") * BALLAST_BYTES


def test_memory_of_a_command_does_not_begin_with_that_of_its_parent(ballast: bytearray) -> None:
    small, large = usage_of(SMALL), usage_of(LARGE)

    assert small.output == "said\n"
    assert len(ballast) > 4 * small.resident_bytes
    assert 200_000_000 < large.resident_bytes < len(ballast)


def test_processor_time_is_that_of_the_command_alone() -> None:
    sum(range(30_000_000))

    small, large = usage_of(SMALL), usage_of(LARGE)

    assert 0 < small.cpu_s < large.cpu_s
    assert large.cpu_s < large.wall_s + 0.1


def test_what_a_command_answered_and_said_is_kept() -> None:
    usage = usage_of((sys.executable, "-c", "import sys; print('no', file=sys.stderr); sys.exit(3)"))

    assert (usage.code, usage.output) == (3, "no\n")


def test_a_process_says_its_own_memory_whatever_its_parent_had(ballast: bytearray) -> None:
    script = "from converter.cli.step_clock import peak_bytes; print(peak_bytes())"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert json.loads(said) < len(ballast) < peak_bytes()
