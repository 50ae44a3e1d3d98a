"""A command is measured, and does not outlive its measurement."""

import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import pytest

from tests.bench.measure import folder_bytes, run


def test_a_command_that_ended_is_measured() -> None:
    taken = run([sys.executable, "-c", "import time; kept = bytearray(30_000_000); time.sleep(0.3); print(len(kept))"])

    assert taken.output == "30000000\n"
    assert taken.seconds >= 0.3
    assert taken.anonymous_bytes > 30_000_000


def test_a_command_that_failed_stops_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match="failed with 3:\na last word"):
        run([sys.executable, "-c", "print('a last word'); raise SystemExit(3)"])


def test_a_measurement_that_is_interrupted_ends_its_command(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not (told.exists() and told.read_text()):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            return
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            run([sys.executable, "-c", script, told])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_folders_that_vanish_while_they_are_looked_at_count_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "stays").write_bytes(b"x" * 8192)
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            (tmp_path / "partial" / "unet").mkdir(parents=True)
            (tmp_path / "partial" / "unet" / "weights").write_bytes(b"x")
            shutil.rmtree(tmp_path / "partial")

    worker = threading.Thread(target=come_and_go)
    worker.start()
    try:
        assert min(folder_bytes(tmp_path) for _ in range(2000)) >= 8192
    finally:
        stop.set()
        worker.join()


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert folder_bytes(tmp_path / "none") == 0
