"""One job on a runner, by the steps of `release.yml`: fetch, convert, publish; and what goes wrong with it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from converter.actions import Convert
from converter.errors import ConverterError
from converter.hub import HubUnreachable, publish
from converter.progress import silent
from converter.recipe import RECIPE
from tests.support.failing_store import Killed
from tests.support.schedules.requests import Requests
from tests.support.schedules.small_release import small_release

if TYPE_CHECKING:
    from tests.support.schedules.settings import Settings
    from tests.support.schedules.world import World

_MOMENTS = (
    ("fetch", False),
    ("convert", False),
    ("convert", True),
    ("commit_folder", False),
    ("commit_folder", True),
    ("create_tag", False),
    ("create_tag", True),
    ("replace_index", False),
    ("replace_index", True),
)
"""Where a runner may vanish: before or after something is done for one of its entries."""


@dataclass(frozen=True)
class Fate:
    """What is in store for a job."""

    fails_at: tuple[str, str] | None
    """A step and the name of an entry."""
    slowness: float
    vanishes_at: tuple[str, bool, int] | None
    """A moment, and at which of the entries."""
    cut_off_after_s: float | None
    machine: int
    """Which machine it is, of those that measure different figures."""

    @staticmethod
    def drawn(chance: random.Random, settings: Settings, names: Sequence[str]) -> Fate:
        fails = chance.random() < settings.fails
        vanishes = chance.random() < settings.vanishes
        return Fate(
            (chance.choice(("fetch", "convert")), chance.choice(names)) if fails else None,
            chance.uniform(10, 100) if chance.random() < settings.slow else chance.uniform(0.5, 2),
            (*chance.choice(_MOMENTS), chance.randint(1, len(names))) if vanishes else None,
            chance.uniform(1, 600 * len(names)) if chance.random() < settings.cut_off else None,
            chance.randint(0, 1),
        )


@dataclass
class Conversion:
    """One conversion of one entry; mutable: what became of it is known later."""

    name: str
    job: Job
    started_s: float
    became: str | None = None


@dataclass
class Job:
    """A job of a matrix on a runner; mutable: it goes on."""

    world: World
    number: int
    names: Sequence[str]
    minutes: int
    """After which GitHub ends it."""
    fate: Fate
    bills: dict[str, int] = field(default_factory=dict)
    made: dict[str, Conversion] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    false_alarms: int = 0
    """Names that were failed although nothing was wrong with them: they are published."""
    vanished: bool = False
    timed_out: bool = False
    cut_off_s: float | None = None
    ended_s: float | None = None
    _reached: dict[str, int] = field(default_factory=dict)

    def carry_out(self) -> None:
        """All steps, with the conditions that they have; returns also where the runner is gone."""
        try:
            if self._fetch() and self._convert():
                self._publish()
        except Killed:
            self.vanished = not self.timed_out
        self.ended_s = self.world.clock.now_s

    @property
    def red(self) -> bool:
        return bool(self.failed or self.vanished or self.timed_out or self.cut_off_s is not None)

    @property
    def _hands_on(self) -> bool:
        return self.world.settings.workflow.hands_on_names

    def _fetch(self) -> bool:
        for action in self._planned(self.names):
            self._at("fetch", after=False)
            self._take(30)
            if self.fate.fails_at == ("fetch", action.name):
                self.failed.add(action.name)
            else:
                self.bills[action.name] = action.version
        return bool(self.bills)

    def _convert(self) -> bool:
        for name in self.bills if self._hands_on else self.names:
            if name not in self.bills:
                self.false_alarms += self.world.is_published(name)
                self.failed.add(name)
                continue
            self._at("convert", after=False)
            conversion = self.world.began(name, self)
            self._take(300)
            if self.fate.fails_at == ("convert", name):
                conversion.became = "the entry failed"
                self.failed.add(name)
                continue
            small_release(self._folder(name), self.world.entries[name], self.bills[name], RECIPE, self.fate.machine)
            self.made[name] = conversion
            self._at("convert", after=True)
        return bool(self.made)

    def _publish(self) -> None:
        for action in self._planned(list(self.made) if self._hands_on else self.names):
            if action.name not in self.made or action.version != self.bills[action.name]:
                self.failed.add(action.name)
                continue
            try:
                publish(self._store(), self._folder(action.name), report=silent, pause=self._take)
            except HubUnreachable:
                self._lost(action.name, "the hub did not answer")
            except ConverterError as error:
                self._lost(action.name, type(error).__name__)

    def _lost(self, name: str, why: str) -> None:
        self.failed.add(name)
        self.made[name].became = why

    def _planned(self, names: Sequence[str]) -> Sequence[Convert]:
        """The plan that each step makes anew; without an answer of the hub the step fails as a whole."""
        try:
            return self.world.planned(self._store(), names).converts
        except HubUnreachable:
            self.failed.update(names)
            for conversion in self.made.values():
                conversion.became = "the hub did not answer"
            return ()

    def _folder(self, name: str) -> Any:
        return self.world.root / f"job {self.number}" / f"{name}.v{self.bills[name]}"

    def _take(self, seconds: float) -> None:
        self.world.clock.sleep(seconds * self.fate.slowness)
        if self.timed_out:
            raise Killed

    def _at(self, what: str, *, after: bool) -> None:
        if self.fate.vanishes_at is None or self.fate.vanishes_at[:2] != (what, after):
            return
        self._reached[what] = self._reached.get(what, 0) + 1
        if self._reached[what] == self.fate.vanishes_at[2]:
            raise Killed

    def _store(self) -> Any:
        return Requests(self.world, self._take, self._at, self)
