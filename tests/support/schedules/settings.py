"""What a schedule is drawn from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from converter.comparison import plan_of
from converter.plan import Plan
from tests.support.schedules.memory_store import MemoryStore
from tests.support.schedules.workflow_file import WorkflowFile


@dataclass(frozen=True)
class Settings:
    """Chances are of one job, unless they say otherwise."""

    workflow: WorkflowFile
    entries: tuple[int, int] = (10, 30)
    """The least and the most."""
    max_jobs: tuple[int, ...] = (3, 6, 12, 256)
    """One of them is the limit of the matrix; so few entries share jobs only where it is small."""
    fails: float = 0.15
    """An entry of the job fails, while it is fetched or while it is converted."""
    slow: float = 0.15
    """Everything takes the runner ten to a hundred times as long."""
    vanishes: float = 0.2
    """The runner is gone, and its job with it."""
    cut_off: float = 0.1
    """GitHub takes the runner for gone and ends the job, and the runner works on."""
    run_again: float = 0.3
    """Of a run: somebody presses `Re-run failed jobs`."""
    hub_fault: float = 0.005
    """Of a request: it is not answered, half of the time after it was carried out."""
    most_runs: int = 60
    """A schedule that is not done after so many runs never will be."""
    planner: Callable[..., Plan] = plan_of
    """A defect can be planted here,"""
    store: Callable[[], Any] = MemoryStore
    """or here."""
