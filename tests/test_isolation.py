"""A command that is kept apart: what it sees of the environment and the network."""

import json
import os
import socket
import subprocess
import sys

import pytest

from converter.isolation import Isolation, isolation, kept_variables

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


@pytest.mark.skipif(not isolation().prefix, reason="this machine lets no process give its network away")
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
