"""What of `release.yml` a schedule depends on, read from the file itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_PATH = Path(__file__).parents[3] / ".github/workflows/release.yml"
_FOLLOWING = {
    "Convert, without credentials and network": "${{ steps.fetch.outputs.names }}",
    "Verify and publish": "${{ steps.convert.outputs.names }}",
}
"""The steps after the first, and what they are told of the one before."""


@dataclass(frozen=True)
class Concurrency:
    """How runs of the workflow treat each other."""

    waits: bool
    """A run waits for the one before it."""
    queues: bool
    """All that wait get their turn; otherwise the newest cancels the one that waited before it."""


@dataclass(frozen=True)
class WorkflowFile:
    """The parts that a simulation follows."""

    concurrency: Concurrency
    hands_on_names: bool
    """Each step is told the names that the one before it got done, not all those of the job."""


def workflow_file(path: Path = _PATH) -> WorkflowFile:
    """Read it.

    Raises:
        ValueError: it has a form that the simulation does not know, which would then simulate something else.
    """
    raw: dict[str, Any] = yaml.safe_load(path.read_text())
    steps = {step["name"]: step for step in raw["jobs"]["convert"]["steps"]}
    runs = [str(step["run"]).split()[1:3] for step in steps.values() if "run" in step]
    if runs != [["fetch", '"$NAMES"'], ["convert", '"$NAMES"'], ["publish", '"$NAMES"']]:
        raise ValueError(
            f"{path}: found the steps {runs}, expected fetch, convert and publish of $NAMES; simulate them"
        )
    told = [str(steps[step].get("env", {}).get("NAMES")) for step in _FOLLOWING]
    return WorkflowFile(_concurrency(raw.get("concurrency"), path), told == list(_FOLLOWING.values()))


def _concurrency(raw: dict[str, Any] | None, path: Path) -> Concurrency:
    if raw is None:
        return Concurrency(waits=False, queues=False)
    if "${{" in str(raw["group"]) or raw["cancel-in-progress"] is not False:
        raise ValueError(f"{path}: found concurrency {raw}, expected one group that cancels nothing; simulate it")
    return Concurrency(waits=True, queues=raw.get("queue") == "max")
