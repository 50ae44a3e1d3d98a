"""A command in a process that has no credential in its environment and, where the machine allows it, no network.

Weights come from strangers. They are read as data and nothing of them is executed; if that ever fails, what runs then
finds no token to send and nobody to send it to.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_KEPT = frozenset(
    {
        "CI",
        "COLUMNS",
        "CUDA_VISIBLE_DEVICES",
        "GITHUB_OUTPUT",  # a path, as the next one
        "GITHUB_STEP_SUMMARY",
        "HF_HOME",
        "HF_HUB_CACHE",
        "HOME",
        "LANG",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "MKL_NUM_THREADS",
        "NVIDIA_VISIBLE_DEVICES",
        "OMP_NUM_THREADS",
        "ONNX_REGISTRY_ALLOW_LOCAL",
        "ONNX_REGISTRY_CACHE",
        "ONNX_REGISTRY_DEVICE",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONPATH",
        "TERM",
        "TMPDIR",
        "TZ",
        "USER",
        "VIRTUAL_ENV",
        "XDG_CACHE_HOME",
    }
)
"""What a conversion needs to know; a list of what must go would miss the next secret."""
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
_DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""A job that is cancelled ends our process, which must not leave the other one behind."""
# In this order: who enters a user namespace gains rights in it, and with them the system forgets whom to die with.
_NO_NETWORK = (
    *("unshare", "--user", "--map-current-user", "--keep-caps"),
    *_DIES_WITH_US,
    *("unshare", "--net", "--fork", "--kill-child"),
)
_FORMS = ((*_NO_NETWORK, "--pid", "--mount-proc"), _NO_NETWORK)
"""The first also hides the processes outside, whose memory holds their environments."""
_PROBE_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Isolation:
    """How a command is kept apart on this machine."""

    prefix: tuple[str, ...]
    """What is put before a command."""
    obstacle: str
    """Why the system does not let us take the network away; empty if it does."""

    @property
    def said(self) -> str:
        """One line about it."""
        if not self.prefix:
            return (
                f"isolated: no credentials; the network stays, because this machine does not let it go: {self.obstacle}"
            )
        hidden = ", other processes hidden" if "--pid" in self.prefix else ""
        return f"isolated: no credentials, no network{hidden}"


def isolation() -> Isolation:
    """What this machine allows; it is tried, not guessed."""
    obstacle = ""
    for form in _FORMS:
        obstacle = _obstacle(form)
        if not obstacle:
            return Isolation(form, "")
    return Isolation(() if _obstacle(_DIES_WITH_US) else _DIES_WITH_US, obstacle)


def kept_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """What an isolated process knows of its environment."""
    kept = {name: value for name, value in environment.items() if name in _KEPT or name.startswith("LC_")}
    return {**kept, **_OFFLINE}


def run_isolated(arguments: Sequence[str], how: Isolation, environment: Mapping[str, str]) -> int:
    """Run our own command line with `arguments` to its end, and return its exit code.

    Ctrl-C reaches the command too; this waits until it has cleaned up.
    """
    command = [*how.prefix, sys.executable, "-m", "converter", *arguments]
    with subprocess.Popen(command, env=kept_variables(environment), stdin=subprocess.DEVNULL) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _obstacle(form: tuple[str, ...]) -> str:
    """Why a command cannot be run that way; empty if it can."""
    try:
        tried = subprocess.run(
            [*form, "true"], capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=False, env=dict(os.environ)
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if tried.returncode == 0 else tried.stderr.strip().splitlines()[-1] if tried.stderr.strip() else "refused"
