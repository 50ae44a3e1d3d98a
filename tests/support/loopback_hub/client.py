"""The other end: making the real `huggingface_hub` client, here or in a process of its own, talk to a loopback hub."""

import importlib
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from tests.support.loopback_hub.hub import LoopbackHub

_LONGEST_SLEEP_S = 0.01
# A setting of the machine that runs the tests must not leak in.
_CLEARED = (
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "HF_XET_CACHE",
    "HF_TOKEN_PATH",
    "HF_HUB_OFFLINE",
    "HF_OIDC_RESOURCE",
)


def client_environment(hub: "LoopbackHub", home: Path) -> dict[str, str]:
    """Variables that a process needs to be a client of `hub`, with caches and tokens below `home`."""
    return {
        "HF_ENDPOINT": hub.endpoint,
        "HF_TOKEN": hub.token,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "0" if hub.xet else "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_XET_CLIENT_RETRY_BASE_DELAY": "10ms",  # the Rust client's retries, or each fault costs seconds
        "NO_PROXY": "127.0.0.1,localhost",
    }


@contextmanager
def client_pointed_at(hub: "LoopbackHub", home: Path) -> Iterator[None]:
    """Make `huggingface_hub` in this process a client of `hub`.

    The library reads its variables once, when it is imported. Its module of constants is therefore loaded again, here
    and at the end: the variables go through the library's own code, and nothing of it is replaced by a guess. Names
    that other modules imported from it before (a progress bar's switch, a default of the cache scanner) keep their old
    value.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _CLEARED}
    with ExitStack() as stack:
        stack.callback(_reload_constants)
        stack.enter_context(mock.patch.dict(os.environ, {**environment, **client_environment(hub, home)}, clear=True))
        stack.enter_context(_short_sleeps())
        stack.enter_context(warnings.catch_warnings())
        # The library's LFS uploads use a spelling that its HTTP library wants to drop: not ours to mend.
        warnings.filterwarnings("ignore", "Use 'content=", DeprecationWarning)
        _reload_constants()
        yield


def _reload_constants() -> None:
    import huggingface_hub  # half a second that only tests with a hub pay
    from huggingface_hub import constants

    importlib.reload(constants)
    huggingface_hub.close_session()  # connections to the hub before this one


@contextmanager
def _short_sleeps() -> Iterator[None]:
    """Let the client's retries follow at once.

    This is the one place where the library itself is patched: it waits 1, 2, 4, 8 and 8 s and has no setting for that.
    The two modules use `time` for nothing else.
    """
    from huggingface_hub import file_download
    from huggingface_hub.utils import _http

    quick = SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, _LONGEST_SLEEP_S)))
    with mock.patch.object(_http, "time", quick), mock.patch.object(file_download, "time", quick):
        yield
