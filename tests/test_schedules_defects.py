"""A defect is planted in each test, so that it is known what the simulation of release runs would see."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from converter.comparison import plan_of
from converter.hub import Store
from converter.plan import Plan, plan
from converter.recipe import RECIPE
from converter.registry import Registry
from tests.support.schedules import Concurrency, Settings, Verdict, simulate, workflow_file
from tests.support.schedules.memory_store import MemoryStore

pytestmark = pytest.mark.slow

_FILE = workflow_file()
_SMALL = Settings(_FILE, entries=(8, 14), max_jobs=(3, 256), most_runs=12)
_RACES = replace(_SMALL, cut_off=0.9, slow=0.6, vanishes=0, fails=0)


def _all(settings: Settings, count: int) -> Sequence[Verdict]:
    return [simulate(seed, settings) for seed in range(count)]


def test_a_job_that_converts_what_it_did_not_fetch_fails_for_names_that_are_published() -> None:
    again = replace(_SMALL, max_jobs=(2,), fails=0.8, run_again=1)
    before = replace(_FILE, hands_on_names=False)

    assert sum(verdict.false_alarms for verdict in _all(replace(again, workflow=before), 3)) > 0
    assert sum(verdict.false_alarms for verdict in _all(again, 3)) == 0


def test_runs_that_do_not_wait_for_each_other_convert_twice() -> None:
    at_once = replace(_FILE, concurrency=Concurrency(waits=False, queues=False))

    verdicts = _all(replace(_SMALL, workflow=at_once), 5)

    assert any(verdict.repeated for verdict in verdicts)
    assert not any(verdict.lost or verdict.doubled or verdict.changed for verdict in verdicts)


def test_a_hub_that_lets_a_tag_be_made_twice_is_seen() -> None:
    class Forgetful(MemoryStore):
        def create_tag(self, tag: str, commit: str) -> None:
            self.made_tags[tag] = commit

    assert any(verdict.doubled for verdict in _all(replace(_RACES, store=Forgetful), 6))
    assert not any(verdict.doubled for verdict in _all(_RACES, 6))


def test_a_hub_that_forgets_tags_is_seen() -> None:
    class Dropping(MemoryStore):
        def tags(self) -> Mapping[str, str]:
            return {tag: commit for tag, commit in super().tags().items() if hash_of(tag) % 5}

    assert any(verdict.lost for verdict in _all(replace(_SMALL, store=Dropping), 2))


def hash_of(text: str) -> int:
    """The same in every process, which `hash` is not."""
    return sum(text.encode())


def test_a_plan_that_ignores_the_index_is_seen() -> None:
    def blind(registry: Registry, store: Store, names: Sequence[str] = ()) -> Plan:
        whole = plan(registry.entries, {}, RECIPE)
        return whole.only(names) if names else whole

    assert all(verdict.lost and not verdict.settled for verdict in _all(replace(_SMALL, planner=blind, most_runs=4), 2))


def test_a_plan_that_does_not_look_at_fingerprints_is_seen() -> None:
    def forced(registry: Registry, store: Store, names: Sequence[str] = ()) -> Plan:
        return plan_of(registry, store, names, force=True)

    verdicts = _all(replace(_SMALL, planner=forced, most_runs=4), 2)

    assert all(verdict.doubled and verdict.repeated and not verdict.settled for verdict in verdicts)
