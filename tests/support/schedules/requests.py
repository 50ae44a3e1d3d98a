"""The hub as a machine of a schedule reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converter.hub import HubUnreachable

if TYPE_CHECKING:
    from tests.support.schedules.runner import Job
    from tests.support.schedules.world import World

_TAKES_S = {"commit_folder": (60.0, 300.0)}
"""Requests that are not over in a moment: this one sends gigabytes."""


@dataclass
class Requests:
    """Passes every call on to the hub: it takes time, and may go wrong before or after it did its work."""

    world: World
    take: Callable[[float], None]
    at: Callable[..., None]
    job: Job | None = None

    def __getattr__(self, name: str) -> Any:  # stands for each of the Protocol's methods
        method = getattr(self.world.store, name)
        if not callable(method) or name == "describe":
            return method

        def call(*args: object, **kwargs: object) -> Any:
            self.take(self.world.chance.uniform(*_TAKES_S.get(name, (0.1, 3))))
            self.at(name, after=False)
            fault = self.world.drawn_fault()
            if fault == "before":
                raise HubUnreachable(f"{name}: no answer")
            result = method(*args, **kwargs)
            if name == "create_tag":
                self.world.tagged.append((str(args[0]), self.world.clock.now_s, self.job))
            self.at(name, after=True)
            if fault == "after":
                raise HubUnreachable(f"{name}: 500, after it was done")
            return result

        return call
