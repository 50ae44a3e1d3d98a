"""Asks GitHub for a registration of this machine that is good for one job: register.py SETTINGS TOKEN-FILE OUT.

systemd runs it as root before each start of the runner. Only root can read the access token; the account of the jobs
gets what comes of it, which ends with its job. OUT is an environment file for systemd.
"""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

_TIMEOUT_S = 60
_ARCHITECTURES = {"x86_64": "X64", "aarch64": "ARM64"}
_DEFAULT_GROUP = 1  # the only group of a repository; the interface demands it


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: the token is for one server."""

    def redirect_request(self, *_: object) -> None:
        return None


def api(server_url: str) -> str:
    """The address of the interface of a server: github.com, NAME.ghe.com, or one of its own."""
    scheme, host = server_url.split("://")
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"{scheme}://api.{host}"
    return f"{server_url}/api/v3"


def request(settings: dict[str, str], token: str) -> urllib.request.Request:
    """The request for a registration, named after this machine and a number that no other run has."""
    labels = ["self-hosted", "Linux", _ARCHITECTURES.get(platform.machine(), platform.machine())]
    body = {
        "name": f"{platform.node().split('.')[0][:40]}-{secrets.token_hex(4)}",
        "runner_group_id": _DEFAULT_GROUP,
        "labels": labels + settings["labels"].split(","),
        "work_folder": "_work",
    }
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "Content-Type": "application/json",
        "User-Agent": "onnx-registry-runner",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    url = f"{api(settings['server_url'])}/repos/{settings['repository']}/actions/runners/generate-jitconfig"
    return urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 (https: setup-runner sees to it)


def registration(asked: urllib.request.Request) -> str:
    """What GitHub answers, as the one line that the runner takes; without one the program ends and says what to do."""
    try:
        with urllib.request.build_opener(_NoRedirect).open(asked, timeout=_TIMEOUT_S) as answer:
            config = str(json.load(answer).get("encoded_jit_config", ""))
    except urllib.error.HTTPError as error:
        sys.exit(
            f"register: found HTTP {error.code}, expected a registration from {asked.full_url}; the token must be "
            "valid and for this repository, with 'Administration: read and write'; setup-runner takes another one"
        )
    except (OSError, ValueError) as error:
        sys.exit(f"register: found {error}, expected a registration from {asked.full_url}; systemd tries again")
    # It becomes a line of an environment file, so it must be one.
    if not re.fullmatch(r"[A-Za-z0-9+/=]+", config):
        sys.exit(f"register: found no registration in the answer, expected 'encoded_jit_config' from {asked.full_url}")
    return config


def main(settings_file: str, token_file: str, out: str) -> None:
    """Writes the registration to `out`, where only root can read it."""
    lines = Path(settings_file).read_text("utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines)
    config = registration(request(settings, Path(token_file).read_text("utf-8").strip()))
    target = Path(out)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"ACTIONS_RUNNER_INPUT_JITCONFIG={config}\n")
    new.replace(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
