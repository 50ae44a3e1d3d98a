"""Small workflows for the tests of the executor: written to a file, and run where only the basic programs are."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent

from tests.support.workflow_runner import Event, Machine, Ran, Settings, run_workflow

PUSH = Event("push")

_ONE_JOB = """\
jobs:
  only:
    runs-on: ubuntu-24.04
    outputs:
      it: ${{ steps.it.outputs.it }}
    steps:
"""


class Workflows:
    """A folder in which workflows are run, each run in a new folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.shims = folder / "shims"
        self.shims.mkdir()

    def shim(self, name: str, script: str) -> None:
        """Lets a bash script stand in for an action."""
        path = self.shims / name
        path.write_text(f"#!/usr/bin/env bash\n{dedent(script)}")
        path.chmod(0o755)

    def machine(self, environment: Mapping[str, str], issuer: Mapping[str, str] | None) -> Machine:
        work = self._folder / f"run-{len(list(self._folder.glob('run-*')))}"
        work.mkdir()
        return Machine(work, self.shims, {"PATH": "/usr/bin:/bin", **environment}, issuer)

    def run(
        self,
        text: str,
        event: Event = PUSH,
        settings: Settings | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        issuer: Mapping[str, str] | None = None,
    ) -> Ran:
        """Runs a workflow that is given as text; `on: push` is put before one that does not say."""
        file = self._folder / "some.yml"
        file.write_text(text if text.startswith("on:") else f"on: push\n{text}")
        return run_workflow(file, event, self.machine(environment or {}, issuer), settings or Settings())

    def run_steps(self, steps: str, **how: object) -> Ran:
        """Runs a workflow of one job, `only`, with these steps."""
        return self.run(_ONE_JOB + indent(dedent(steps), "      "), **how)  # type: ignore[arg-type]

    @staticmethod
    def ended(pid: int) -> bool:
        """Whether a process is gone, or waits only for its parent to notice."""
        try:
            return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
        except FileNotFoundError:
            return True
