"""A command that is kept apart: what it sees of the environment and the network."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from converter.isolation import Isolation, isolation, kept_variables
from tests.support.command_line import wait_until

_ROOT = Path(__file__).parents[1]

_SECRETS = {
    "HF_TOKEN": "hf_secret",
    "CIVITAI_TOKEN": "secret",
    "GITHUB_TOKEN": "ghs_secret",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.com",
    "ACTIONS_RUNTIME_TOKEN": "secret",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "SOMETHING_NEW": "secret",
}


def test_only_what_a_conversion_needs_is_kept_of_the_environment() -> None:
    kept = kept_variables({"PATH": "/bin", "HOME": "/home/x", "LC_ALL": "C", **_SECRETS})
    assert kept == {
        "PATH": "/bin",
        "HOME": "/home/x",
        "LC_ALL": "C",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }


def test_a_machine_that_lets_nothing_go_is_said_with_its_reason() -> None:
    said = Isolation((), "unshare: Operation not permitted").said
    assert said.startswith("isolated: no credentials; the network stays")
    assert "Operation not permitted" in said


def test_what_runs_apart_ends_when_who_started_it_is_killed(tmp_path: Path) -> None:
    started = tmp_path / "started"
    inner = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(120)"
    outer = (
        "import subprocess, sys\n"
        "from converter.isolation import isolation\n"
        f"subprocess.run([*isolation().prefix, sys.executable, '-c', {inner!r}])\n"
    )
    with subprocess.Popen([sys.executable, "-c", outer], env={**os.environ, "PYTHONPATH": str(_ROOT)}) as process:
        wait_until(started.exists, process)
        process.kill()
    deadline = time.monotonic() + 20
    while _runs(str(started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(str(started))


def _runs(mark: str) -> bool:
    """Whether any process has `mark` in its command line."""
    return any(mark in _command_line(path) for path in Path("/proc").glob("[0-9]*/cmdline"))


def _command_line(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return ""


@pytest.mark.skipif(bool(isolation().obstacle), reason="this machine lets no process give its network away")
def test_inside_there_is_no_network_and_no_process_of_others() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = (
            "import json, os, socket, sys\n"
            "try:\n"
            f"    socket.create_connection(('127.0.0.1', {port}), timeout=5)\n"
            "    reached = True\n"
            "except OSError:\n"
            "    reached = False\n"
            f"print(json.dumps([reached, os.path.exists('/proc/{os.getpid()}/environ')]))\n"
        )
        how = isolation()
        done = subprocess.run([*how.prefix, sys.executable, "-c", program], capture_output=True, text=True, check=True)
    reached, others = json.loads(done.stdout)
    assert not reached
    assert others == ("--pid" not in how.prefix)
