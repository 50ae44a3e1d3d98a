"""Every request of something that is done to the loopback Hub, made to go wrong once, and the state afterwards."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from converter.hub import HubError, Store, publish, yank
from converter.progress import silent
from tests.support.loopback_hub import Answer, Drop, LoopbackHub, On, client_pointed_at
from tests.support.loopback_hub.repos import RepoFile
from tests.support.loopback_store import REPO, open_store
from tests.support.tiny_release import tiny_release

EFFECTS = (Answer(500), Answer(429, headers={"Retry-After": "1"}), Drop())
"""A fault of the server, being asked to wait, and a connection that is cut."""
_LARGE = {"vae/weights.pb": b"\x01" * 1_100_000}
"""A file that is sent alone, before the commit."""
_MOST_RUNS = 5


@dataclass(frozen=True)
class Scenario:
    """Something that is done to a hub."""

    name: str
    before: Callable[[Store, Path], object]
    """What was there; it has a folder for releases."""
    act: Callable[[Store, Path], object]


@dataclass(frozen=True)
class Case:
    """One request that goes wrong once."""

    nth: int
    request: str
    """Method and path, as the clean run had them."""
    effect: Answer | Drop
    after: bool
    """The request was applied before it went wrong."""

    def __str__(self) -> str:
        when = "after" if self.after else "before"
        return f"request {self.nth} ({self.request}), {self.effect!r} {when} it was applied"


@dataclass(frozen=True)
class EndState:
    """Everything that a hub holds, down to the last commit."""

    tags: Mapping[str, str]
    branches: Mapping[str, str]
    trees: Mapping[str, Mapping[str, RepoFile]]
    """Of each tag and branch."""
    commits: frozenset[str]


@dataclass(frozen=True)
class Recorded:
    """A run without a fault."""

    requests: tuple[str, ...]
    state: EndState


class Ended(Exception):  # noqa: N818  # what a test sees of a run that was ended
    """The run ends here, where it would wait before its next attempt."""


def _end(seconds: float) -> None:
    """So that what one run leaves is found by another one, and not mended by the same."""
    del seconds
    raise Ended


def _nothing(store: Store, folder: Path) -> None:
    del store, folder


def publish_version(version: int) -> Callable[[Store, Path], object]:
    """Publishing a release; the second one lacks a file of the first."""

    def act(store: Store, folder: Path) -> object:
        extra = _LARGE if version == 1 else {"notes.txt": b"second"}
        release = tiny_release(folder / f"v{version}", version=version, seed=version, extra=extra)
        return publish(store, release, report=silent, pause=_end)

    return act


FIRST = Scenario("the first release", _nothing, publish_version(1))
NEXT = Scenario("the next release", publish_version(1), publish_version(2))
YANK = Scenario("a yank", publish_version(1), lambda store, _: yank(store, "pico", "Wrong VAE.", pause=_end))


def record(scenario: Scenario, folder: Path, *, xet: bool) -> Recorded:
    """Do it without a fault."""
    with LoopbackHub(folder / "hub", xet=xet) as hub, client_pointed_at(hub, folder / "home"):
        scenario.before(open_store(hub), folder)
        hub.log.clear()
        scenario.act(open_store(hub), folder)
        return Recorded(tuple(f"{each.method} {each.path}" for each in hub.log), state_of(hub))


def cases_of(recorded: Recorded, effects: Sequence[Answer | Drop] = EFFECTS) -> Iterator[Case]:
    """Each request with each effect, before and after it was applied."""
    numbered = enumerate(recorded.requests, start=1)
    for (nth, request), effect, after in itertools.product(numbered, effects, (False, True)):
        yield Case(nth, request, effect, after)


def run_case(scenario: Scenario, case: Case, folder: Path, *, xet: bool) -> tuple[EndState, int]:
    """Do it with one fault, again until it says that it is done, and once more; the end state, and how many runs.

    Raises:
        AssertionError: the fault met nothing, five runs were not enough, or the last run wrote something.
    """
    with LoopbackHub(folder / "hub", xet=xet) as hub, client_pointed_at(hub, folder / "home"):
        scenario.before(open_store(hub), folder)
        hub.faults.arm(case.effect, On(nth=case.nth, after=case.after))
        runs = _until_done(scenario, hub, folder)
        assert hub.faults.pending == 0, "the fault met no request"
        state = state_of(hub)
        scenario.act(open_store(hub), folder)
        assert state_of(hub) == state, "a run after the last one changed something"
        return state, runs


def _until_done(scenario: Scenario, hub: LoopbackHub, folder: Path) -> int:
    for run in range(1, _MOST_RUNS + 1):
        try:
            scenario.act(open_store(hub), folder)
        except (Ended, HubError):
            continue
        return run
    raise AssertionError(f"{_MOST_RUNS} runs were not enough")


def state_of(hub: LoopbackHub) -> EndState:
    """What a hub holds."""
    repo = hub.repo(REPO)
    trees = {name: dict(repo.files(name)) for name in (*repo.tags, *repo.branches)}
    return EndState(dict(repo.tags), dict(repo.branches), trees, frozenset(repo.commits))
