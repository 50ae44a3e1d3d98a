"""A yanked release's card: a notice in the `README.md` of the entry's branch, above what the tag has for good."""

import hashlib
import logging

from converter.hub.errors import FileMissing
from converter.hub.local_release import MAX_SUMS_BYTES
from converter.hub.published import TAG
from converter.hub.store import Store
from converter.release.card_text import escaped
from converter.release.checksums import CHECKSUMS_NAME, read_checksums, write_checksums
from converter.release.layout import CARD_NAME

_log = logging.getLogger(__name__)
_MAX_CARD_BYTES = 4 << 20
_FENCE = b"---\n"


def mark_card(store: Store, name: str, reason: str | None) -> None:
    """Make the head of the branch `name` its newest release with a notice in the card, or without one.

    The tags stay where they are. `SHA256SUMS` goes with the card, so that a folder that was loaded by the branch still
    is what it says. A branch whose head is another content, a release that is not tagged yet, is left alone: its own
    run ends what it began.

    Args:
        store: the hub; on one without branches of their own nothing happens.
        name: of the entry.
        reason: why its releases are yanked; `None` takes the notice away.

    Raises:
        Moved: somebody else was writing to the branch; start over.
    """
    newest, head = _newest(store, name), store.branch_head(name)
    if newest is None or head is None:
        return
    card, sums = _read(store, newest)
    wanted = card if reason is None else with_notice(card, reason)
    if head != newest and not _same_but_for_card(sums, _read(store, head)[1]):
        _log.info("%s: the head of %s is not its newest release; its card is not marked", store.describe(), name)
        return
    if _read(store, head)[0] != wanted:
        files = {CARD_NAME: wanted, CHECKSUMS_NAME: _sums_with(sums, wanted)}
        message = f"{name} is good again" if reason is None else f"Yank {name}"
        store.amend(name, files, parent=head, message=message)


def with_notice(card: bytes, reason: str) -> bytes:
    """The card with the notice above its text and below its front matter; what a reason says stays text."""
    notice = f"> **Yanked: do not use this release.** {escaped(reason)}\n\n".encode()
    end = card.find(b"\n" + _FENCE, len(_FENCE) - 1) + len(b"\n" + _FENCE) if card.startswith(_FENCE) else 0
    return card[:end] + b"\n" * bool(end) + notice + card[end:]


def _newest(store: Store, name: str) -> str | None:
    found = [(int(match["version"]), commit) for tag, commit in store.tags().items() if (match := TAG.fullmatch(tag))
             and match["name"] == name]  # fmt: skip
    return max(found)[1] if found else None


def _read(store: Store, revision: str) -> tuple[bytes, bytes]:
    """Card and checksums, empty where they are missing."""
    found = []
    for path, limit in ((CARD_NAME, _MAX_CARD_BYTES), (CHECKSUMS_NAME, MAX_SUMS_BYTES)):
        try:
            found.append(store.read(revision, path, limit))
        except FileMissing:
            found.append(b"")
    return found[0], found[1]


def _same_but_for_card(sums: bytes, others: bytes) -> bool:
    return sums != b"" and _without_card(sums) == _without_card(others)


def _without_card(sums: bytes) -> list[bytes]:
    return [line for line in sums.splitlines() if not line.endswith(f"  {CARD_NAME}".encode())]


def _sums_with(sums: bytes, card: bytes) -> bytes:
    digests = read_checksums(sums, CHECKSUMS_NAME)
    return write_checksums({**digests, CARD_NAME: hashlib.sha256(card).hexdigest()})
