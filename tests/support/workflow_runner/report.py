"""What came of a run, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Annotation:
    """A message that GitHub shows beside a line of the pull request: at most ten of a level and a step."""

    level: str
    """error, warning or notice."""
    message: str
    file: str | None = None
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    title: str | None = None


@dataclass(frozen=True)
class Step:
    name: str
    conclusion: str
    """success, failure, cancelled or skipped; `continue-on-error` makes a success of a failure."""
    outcome: str
    """The same before `continue-on-error`."""
    exit_code: int | None
    """None if it did not run to an end by itself."""
    log: str
    """Both streams, with secrets hidden, and with commands as GitHub shows them (`##[error]…`)."""
    commands: tuple[str, ...]
    """The names of the workflow commands that the runner obeyed: hostile text must not add to them."""
    environment_names: frozenset[str]
    """The names of all variables that the step saw."""


@dataclass(frozen=True)
class Job:
    """A job, or one leg of it where it has a matrix."""

    id: str
    name: str
    conclusion: str
    matrix: Mapping[str, Any] | None
    strategy: Mapping[str, Any] | None
    """fail-fast, max-parallel, job-index and job-total; None if it never started."""
    runs_on: tuple[str, ...]
    permissions: Mapping[str, str]
    """What the token of the job may do; {"*": "default"} if the workflow does not say."""
    environment: str | None
    concurrency: Any
    outputs: Mapping[str, str]
    summary: str
    annotations: tuple[Annotation, ...]
    steps: tuple[Step, ...]

    @property
    def log(self) -> str:
        """The logs of all steps."""
        return "".join(step.log for step in self.steps)

    def step(self, name: str) -> Step:
        """The one step of that name."""
        (step,) = (step for step in self.steps if step.name == name)
        return step


@dataclass(frozen=True)
class Ran:
    conclusion: str
    """success, failure, cancelled, skipped, or "not triggered"."""
    reason: str | None
    """Why the event did not start the workflow."""
    concurrency: Any
    jobs: tuple[Job, ...]

    def legs(self, job_id: str) -> tuple[Job, ...]:
        """All legs of a job, in the order of its matrix."""
        return tuple(job for job in self.jobs if job.id == job_id)

    def job(self, job_id: str) -> Job:
        """The one leg of a job."""
        (job,) = self.legs(job_id)
        return job


def read_report(report: Mapping[str, Any]) -> Ran:
    """The report of the executor as values."""
    jobs = tuple(_job(job) for job in report["jobs"])
    return Ran(report["conclusion"], report.get("reason"), report.get("concurrency"), jobs)


def _job(job: Mapping[str, Any]) -> Job:
    steps = tuple(_step(step) for step in job["steps"])
    annotations = tuple(Annotation(**annotation) for annotation in job["annotations"])
    rest: dict[str, Any] = {name: job.get(name) for name in ("matrix", "strategy", "environment", "concurrency")}
    plain: dict[str, Any] = {
        name: job[name] for name in ("id", "name", "conclusion", "permissions", "outputs", "summary")
    }
    return Job(**plain, **rest, runs_on=tuple(job["runs_on"]), annotations=annotations, steps=steps)


def _step(step: Mapping[str, Any]) -> Step:
    names = frozenset(step["environment_names"])
    plain: dict[str, Any] = {name: step[name] for name in ("name", "conclusion", "outcome", "log")}
    return Step(**plain, exit_code=step.get("exit_code"), commands=tuple(step["commands"]), environment_names=names)
