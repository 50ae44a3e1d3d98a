"""A stand-in for the Hugging Face Hub on 127.0.0.1, good enough for the real `huggingface_hub` client.

Purpose: tests publish to, and read from, a Hub whose state they can look into and whose requests they can make fail.

    with LoopbackHub(tmp_path, token="hf_test") as hub:
        hub.seed_repo("org/source", {"config.json": b"{}"})
        hub.faults.arm(Answer(503), On("POST", "/commit/"))
        ...  # point a client at hub.endpoint
        assert hub.repo("org/zoo").tags == {"name.v1": ...}

Main types: `LoopbackHub` (the server), `HubSettings` (how it behaves), `Repo` and `Commit` (what it holds), `Faults`
with `Answer`, `Drop`, `Hold` and `On` (what goes wrong), `RequestLog` (what was asked), `client_environment` and
`client_pointed_at` (the other end).

What it is not: it serves models only (no datasets, spaces or pull requests), checks no permissions beyond "a known
token may write, one that was made for a Trusted Publisher its repository only", and shares large objects between its
repositories, where the real Hub asks for them again in each.
"""

from tests.support.loopback_hub.client import client_environment, client_pointed_at
from tests.support.loopback_hub.faults import Answer, Drop, Faults, Hold, On
from tests.support.loopback_hub.hub import LoopbackHub
from tests.support.loopback_hub.log import LoggedRequest, RequestLog
from tests.support.loopback_hub.repos import Commit, LargeFile, RegularFile, Repo
from tests.support.loopback_hub.state import HubSettings
from tests.support.loopback_hub.trust import Job, Publisher

__all__ = [
    "Answer",
    "Commit",
    "Drop",
    "Faults",
    "Hold",
    "HubSettings",
    "Job",
    "LargeFile",
    "LoggedRequest",
    "LoopbackHub",
    "On",
    "Publisher",
    "RegularFile",
    "Repo",
    "RequestLog",
    "client_environment",
    "client_pointed_at",
]
