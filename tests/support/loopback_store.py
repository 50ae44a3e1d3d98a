"""The Hugging Face `Store` on a loopback Hub, and what a test wants to know of the Hub afterwards."""

from pathlib import Path

from converter.hub import Index, PublishedRelease, Store, publish
from converter.hub.huggingface_store import HuggingFaceStore
from converter.progress import silent
from tests.support.loopback_hub import LoopbackHub

REPO = "acme/zoo"
LARGE = {"vae/weights.pb": b"\x01" * 1_500_000}
"""A file that is sent alone, before the commit."""


def open_store(hub: LoopbackHub, *, token: str | None = None) -> HuggingFaceStore:
    return HuggingFaceStore(REPO, endpoint=hub.endpoint, token=token or hub.token, timeout_s=20)


def publish_now(store: Store, folder: Path) -> PublishedRelease:
    """Publish without the pauses between attempts."""
    return publish(store, folder, report=silent, pause=lambda _: None)


def index_of(hub: LoopbackHub) -> Index:
    """The index as it lies on `main`."""
    return Index.from_json(hub.read(REPO, "index.json"), "here")
