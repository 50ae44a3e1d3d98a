"""Publishing a release folder: commit, tag, index, in an order that may be cut off anywhere and started again."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from converter.hub.attempts import Pause, with_attempts
from converter.hub.errors import FileMissing, FileTooLarge, HubError, TagConflict
from converter.hub.local_release import MAX_SUMS_BYTES, LocalRelease, open_release, require_digests
from converter.hub.published import TAG
from converter.hub.refresh import refresh_index
from converter.hub.store import MAIN, Committed, Store
from converter.progress import Progress, Report
from converter.release.checksums import CHECKSUMS_NAME

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishedRelease:
    """Where a release is now."""

    tag: str
    commit: str
    already: bool
    """The tag with this content was there when it was looked for."""
    sent_bytes: int | None = None
    """Of the files that the hub did not have; `None` where nobody counted: an earlier run or attempt sent them, or the
    hub is a folder."""


def publish(
    store: Store,
    folder: Path,
    *,
    consume: bool = False,
    verified: bool = False,
    report: Report,
    pause: Pause = time.sleep,
) -> PublishedRelease:
    """Make the release in `folder` a published one; doing it twice does nothing the second time.

    Three steps: the commit, the tag, the index. Each looks at the hub first and is left out if it is done. So a run
    that was killed, or whose server answered 500 after doing what it was told, is finished by the same algorithm: by
    the next run, or by the next attempt of this one. A step is never repeated without looking.

    Args:
        store: the hub.
        folder: a release folder.
        consume: the folder may be moved into the hub; afterwards it may be gone.
        verified: the caller has just compared every file with the checksums; otherwise it is done here.
        report: called with the progress.
        pause: how to wait for some seconds.

    Raises:
        TagConflict: the tag, or a later one, is there with other content.
        HubUnreachable: the hub did not answer, or something on it changed under our hands, five times.
        HubError: the folder is not a release, was not measured, or arrived with other bytes.
    """
    release = open_release(folder)
    _require_publishable(release)
    if not verified:
        require_digests(release, report)

    def attempt() -> PublishedRelease:
        store.prepare()
        published = _commit_and_tag(store, release, consume=consume, report=report)
        refresh_index(store, certain={published.tag: published.commit})
        return published

    return with_attempts(attempt, pause, f"publish {release.manifest.tag}")


def _require_publishable(release: LocalRelease) -> None:
    manifest = release.manifest
    if TAG.fullmatch(manifest.tag) is None:
        raise HubError(f"{release.folder}: its manifest gives the tag {manifest.tag!r}, expected NAME.vN")
    if manifest.name == MAIN:
        raise HubError(
            f"{release.folder}: the release is called {MAIN}, which is the hub's own branch; name the entry otherwise"
        )
    if not manifest.components or not manifest.measured:
        bare = ", ".join(part.name for part in manifest.components if not part.parity) or "every component"
        raise HubError(
            f"{release.folder}: {bare} was not compared with PyTorch, and a release that nobody measured is not "
            "published; convert it again with parity"
        )


def _commit_and_tag(store: Store, release: LocalRelease, *, consume: bool, report: Report) -> PublishedRelease:
    tag, tags = release.manifest.tag, store.tags()
    if tag in tags:
        _require_same_content(store, release, tags[tag])
        return PublishedRelease(tag, tags[tag], already=True)
    _require_latest(store, release, tags)
    made = _committed(store, release, consume=consume, report=report)
    _require_arrived(store, release, made.commit)
    report(Progress(f"{tag}: tagging", 0, 1, ""))
    store.create_tag(tag, made.commit)
    report(Progress(f"{tag}: tagging", 1, 1, ""))
    return PublishedRelease(tag, made.commit, already=False, sent_bytes=made.sent_bytes)


def _committed(store: Store, release: LocalRelease, *, consume: bool, report: Report) -> Committed:
    """The commit with the release's content: the branch's head if it is that already, otherwise a new one."""
    branch = release.manifest.name
    head = store.branch_head(branch)
    if head is not None and _sums_at(store, head) == release.sums:
        _log.debug("%s: commit %s of an earlier run holds the release already", release.manifest.tag, head)
        return Committed(head, sent_bytes=None)
    message = f"Release {release.manifest.tag}"
    return store.commit_folder(branch, release, parent=head, message=message, consume=consume, report=report)


def _require_same_content(store: Store, release: LocalRelease, commit: str) -> None:
    published = _sums_at(store, commit)
    if published == release.sums:
        return
    tag, where = release.manifest.tag, store.describe()
    found = "no checksums at all" if published is None else f"checksums with SHA-256 {sha256(published).hexdigest()}"
    raise TagConflict(
        f"{where}: tag {tag} is published with {found}, {release.folder} has {release.sums_sha256}; a published tag "
        "is never moved: find out why the same release has other bytes, or publish them as the next version"
    )


def _require_latest(store: Store, release: LocalRelease, tags: Mapping[str, str]) -> None:
    ours = release.manifest
    matches = [match for tag in tags if (match := TAG.fullmatch(tag)) is not None and match["name"] == ours.name]
    latest = max((int(match["version"]) for match in matches), default=0)
    if latest > ours.version:
        raise TagConflict(
            f"{store.describe()}: {ours.name}.v{latest} is published, {release.folder} is {ours.tag}; a branch "
            f"only goes forward: convert the entry again, as version {latest + 1}"
        )


def _require_arrived(store: Store, release: LocalRelease, commit: str) -> None:
    """What the hub lists is what was sent; looked at before the tag, because a tag stays for good."""
    listed = {file.path: file for file in store.files(commit)}
    digests = {**release.digests, CHECKSUMS_NAME: release.sums_sha256}
    wrong = set(listed) ^ set(release.sizes)
    for path in set(listed) & set(release.sizes):
        same_size = listed[path].size_bytes == release.sizes[path]
        if not same_size or listed[path].sha256 not in {None, digests[path]}:
            wrong.add(path)
    if wrong:
        raise HubError(
            f"{store.describe()}: commit {commit} differs from {release.folder} in {', '.join(sorted(wrong)[:10])}; it "
            "was not tagged: look at what else writes to the branch, then publish again"
        )


def _sums_at(store: Store, revision: str) -> bytes | None:
    try:
        return store.read(revision, CHECKSUMS_NAME, MAX_SUMS_BYTES)
    except (FileMissing, FileTooLarge):
        return None
