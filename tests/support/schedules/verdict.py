"""What a schedule came to: is every entry there once, and why was something converted more than once?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from converter.hub import Index
from converter.recipe import RECIPE
from converter.release.checksums import CHECKSUMS_NAME, read_checksums
from converter.release.manifest import MANIFEST_NAME, Manifest

if TYPE_CHECKING:
    from tests.support.schedules.runner import Conversion, Job
    from tests.support.schedules.world import World


@dataclass(frozen=True)
class Verdict:
    """One schedule. The first six must be empty or true."""

    seed: int
    settled: bool
    """A plan found nothing to do within the bound of runs."""
    lost: tuple[str, ...]
    """Entries without a whole release of the recipe, or without its row in the index."""
    doubled: tuple[str, ...]
    """Entries that were released twice, by two tags or by one that was made twice."""
    repeated: tuple[str, ...]
    """Entries whose conversion began although another had published it, or was at it with GitHub's knowledge."""
    changed: tuple[str, ...]
    """Tags from before that are not what they were."""
    false_alarms: int
    """Times that a job failed for an entry with which nothing was wrong."""
    entries: int
    runs: int
    jobs: int
    vanished: int
    """Jobs whose runner was gone, or was ended because it took too long."""
    conversions: int
    """All that began."""
    became: Mapping[str, int] = field(default_factory=dict)
    """What became of them."""

    @property
    def holds(self) -> bool:
        return self.settled and not (self.lost or self.doubled or self.repeated or self.changed or self.false_alarms)


def verdict_of(seed: int, world: World) -> Verdict:
    """Look at the hub and at what happened; nothing that the runs said of themselves counts."""
    index = Index.from_json(world.store.read_index().index or b"", "index")
    rows = {row.tag: row for row in index.rows}
    tags = [tag for tag, _, _ in world.tagged]
    released = {name: sorted({tag for tag in tags if tag.startswith(f"{name}.v")}) for name in world.entries}
    made = Counter(tag.rpartition(".v")[0] for tag in tags)
    return Verdict(
        seed=seed,
        settled=world.settled,
        lost=tuple(name for name, its in released.items() if not any(t in rows and _is_whole(world, t) for t in its)),
        doubled=tuple(name for name in world.entries if made[name] > 1),
        repeated=tuple(_repeated(world)),
        changed=tuple(tag for tag, commit in world.before.items() if world.store.tags().get(tag) != commit),
        false_alarms=sum(job.false_alarms for job in world.jobs),
        entries=len(world.entries),
        runs=world.runs,
        jobs=len(world.jobs),
        vanished=sum(job.vanished or job.timed_out for job in world.jobs),
        conversions=len(world.conversions),
        became=Counter(_became(world, conversion) for conversion in world.conversions),
    )


def _is_whole(world: World, tag: str) -> bool:
    files = world.store.commits.get(world.store.tags().get(tag), {})
    if CHECKSUMS_NAME not in files:
        return False
    listed = read_checksums(files[CHECKSUMS_NAME], tag)
    found = {path: hashlib.sha256(data).hexdigest() for path, data in files.items() if path != CHECKSUMS_NAME}
    manifest = Manifest.from_json(files[MANIFEST_NAME], tag)
    return listed == found and (manifest.tag, manifest.recipe) == (tag, RECIPE)


def _repeated(world: World) -> Iterator[str]:
    for number, conversion in enumerate(world.conversions):
        if _is_needless(world, world.conversions[:number], conversion):
            yield conversion.name


def _is_needless(world: World, earlier: Sequence[Conversion], conversion: Conversion) -> bool:
    """Whether it should not have begun: nobody can know what a runner does that GitHub takes for gone."""
    name, at_s = conversion.name, conversion.started_s
    if not _is_known(conversion.job, at_s):
        return False
    others = [other.job for other in earlier if other.name == name]
    at_work = any(job.ended_s is None or job.ended_s > at_s for job in others if _is_known(job, at_s))
    makers = [job for tag, made_s, job in world.tagged if tag.startswith(f"{name}.v") and made_s <= at_s]
    return at_work or any(job is not None and _is_known(job, at_s) for job in makers)


def _is_known(job: Job, at_s: float) -> bool:
    """Whether GitHub still waits for the end of a job, or has seen it."""
    return job.cut_off_s is None or job.cut_off_s > at_s


def _became(world: World, conversion: Conversion) -> str:
    job = conversion.job
    if any(job is by and tag.startswith(f"{conversion.name}.v") for tag, _, by in world.tagged):
        return "published"
    if job.timed_out:
        return "the job took too long"
    if job.vanished:
        return "the runner vanished"
    if conversion.became in {"the entry failed", "the hub did not answer"}:
        return conversion.became
    others = (other.job for other in world.conversions if other.name == conversion.name)
    if any(other.cut_off_s is not None for other in others):
        return "a runner that was taken for gone worked on"
    return conversion.became or "two runs overlapped"
