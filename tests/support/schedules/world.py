"""A zoo whose every release is of an older recipe, and the runs of its workflow until nothing is left to do."""

from __future__ import annotations

import random
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from converter.comparison import catalogue_due
from converter.hub import HubUnreachable, refresh_index, with_attempts
from converter.hub.local_release import open_release
from converter.plan import Plan
from converter.progress import silent
from converter.recipe import RECIPE
from converter.registry import load_registry
from converter.workflow import as_matrix
from tests.support.many_entries import registry_of
from tests.support.schedules.clock import Clock
from tests.support.schedules.requests import Requests
from tests.support.schedules.runner import Conversion, Fate, Job
from tests.support.schedules.settings import Settings
from tests.support.schedules.small_release import small_release
from tests.support.schedules.verdict import Verdict, verdict_of

_POLL_S = 300.0
Part: TypeAlias = tuple[Sequence[str], int]
"""The names of a job, and the minutes that it may take."""
_NEW = 0.15
"""How many entries have no release yet."""


def simulate(seed: int, settings: Settings) -> Verdict:
    """One schedule, to its end.

    Raises:
        Exception: whatever the code under test raised that no step of the workflow expects.
    """
    with tempfile.TemporaryDirectory() as root:
        world = World(Path(root), random.Random(seed), settings)
        world.clock.start(world.triggers)
        world.clock.run()
        return verdict_of(seed, world)


class World:
    """The hub, the registry and what has happened; mutable."""

    def __init__(self, root: Path, chance: random.Random, settings: Settings) -> None:
        self.root, self.chance, self.settings = root, chance, settings
        self.clock = Clock()
        self.store = settings.store()
        self.registry = load_registry(registry_of(chance.randint(*settings.entries)), "extras.json").require_valid()
        self.entries = {entry.name: entry for entry in self.registry.entries}
        self.max_jobs = chance.choice(settings.max_jobs)
        self.machines = chance.randint(2, 12)
        self.tagged: list[tuple[str, float, Job | None]] = []
        self.conversions: list[Conversion] = []
        self.jobs: list[Job] = []
        self.runs = 0
        self.settled = False
        self._group: deque[object] = deque()
        self._publish_the_old()
        self.before = dict(self.store.tags())

    def triggers(self) -> None:
        """Runs by schedule, and between them by pushes."""
        started = 0
        while not self.settled and started < self.settings.most_runs:
            started += 1
            self.clock.start(self._run)
            self.clock.sleep(self.chance.choice((self.chance.uniform(60, 7_200), 86_400.0)))

    def planned(self, store: Requests, names: Sequence[str] = ()) -> Plan:
        return self.settings.planner(self.registry, store, names)

    def began(self, name: str, job: Job) -> Conversion:
        self.conversions.append(Conversion(name, job, self.clock.now_s))
        return self.conversions[-1]

    def is_published(self, name: str) -> bool:
        return any(tag.startswith(f"{name}.v") for tag, _, _ in self.tagged)

    def drawn_fault(self) -> str | None:
        return self.chance.choice(("before", "after")) if self.chance.random() < self.settings.hub_fault else None

    def _run(self) -> None:
        ticket = object()
        if not self._has_turn(ticket):
            return
        try:
            self.runs += 1
            self._plan_and_work(Requests(self, self.clock.sleep, lambda *_, **__: None))
        except HubUnreachable:
            pass  # a red run; the next one plans anew
        finally:
            if ticket in self._group:
                self._group.remove(ticket)

    def _has_turn(self, ticket: object) -> bool:
        """Wait as `concurrency` says; whether the run was not cancelled meanwhile."""
        concurrency = self.settings.workflow.concurrency
        if not concurrency.waits:
            return True
        if not concurrency.queues and len(self._group) > 1:
            self._group.pop()
        self._group.append(ticket)
        while ticket in self._group and self._group[0] is not ticket:
            self.clock.sleep(_POLL_S)
        return ticket in self._group

    def _plan_and_work(self, store: Requests) -> None:
        todo = self.planned(store)
        if not todo.converts:
            self.settled = not catalogue_due(todo, store)  # type: ignore[arg-type]  # it has the Protocol's methods
        if todo.converts:
            red = self._work_through(
                [(job["names"].split(), job["minutes"]) for job in as_matrix(todo, self.max_jobs)["include"]]
            )
            if red and self.chance.random() < self.settings.run_again:
                self._work_through(red)
        if not self.settled:
            pause = self.clock.sleep
            with_attempts(lambda: refresh_index(store), pause, "write the catalogue")  # type: ignore[arg-type]

    def _work_through(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Carry out jobs, as many at a time as there are machines; the names of those that ended red."""
        waiting, red = deque(parts), list[Part]()

        def machine() -> None:
            while waiting:
                names, minutes = waiting.popleft()
                job = Job(self, len(self.jobs), names, minutes, Fate.drawn(self.chance, self.settings, names))
                self.jobs.append(job)
                self._watch(job)
                if job.red:
                    red.append((names, minutes))

        machines = [self.clock.start(machine) for _ in range(min(self.machines, len(parts)))]
        while not all(task.done for task in machines):
            self.clock.sleep(_POLL_S)
        return red

    def _watch(self, job: Job) -> None:
        """What GitHub does: it waits for the end of the job, for its timeout, or until it takes the runner for gone."""
        started, task = self.clock.now_s, self.clock.start(job.carry_out)
        while not task.done:
            self.clock.sleep(_POLL_S)
            taken = self.clock.now_s - started
            if not task.done and job.fate.cut_off_after_s is not None and taken > job.fate.cut_off_after_s:
                job.cut_off_s = self.clock.now_s
                return
            if not task.done and taken > job.minutes * 60:
                job.timed_out = True

    def _publish_the_old(self) -> None:
        for entry in self.registry.entries:
            if self.chance.random() >= _NEW:
                folder = small_release(self.root / "old" / entry.name, entry, 1, RECIPE - 1)
                store, release = self.store, open_release(folder)
                made = store.commit_folder(entry.name, release, parent=None, message="", consume=False, report=silent)
                store.create_tag(f"{entry.name}.v1", made.commit)
        refresh_index(self.store)
