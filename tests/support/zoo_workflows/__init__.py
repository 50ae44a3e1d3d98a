"""The workflows of this repository, run as GitHub would on a zoo of tiny models.

`Zoo` is such a repository: a real git repository with the workflows and scripts as they are here, whose releases go to
a loopback Hub that trusts its workflow `release.yml`. Actions are replaced by the shims beside this file: a checkout is
a clone of it, an attestation is written down. Nothing of the workflows is changed.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.loopback_hub import Job, LoopbackHub, Publisher, client_environment
from tests.support.merge_commits import git
from tests.support.workflow_runner import Event, Machine, Ran, Settings, run_workflow

ROOT = Path(__file__).parents[3]
REPOSITORY = "acme/models"
HUB_REPOSITORY = "acme/zoo"
_COPIED = (".github/workflows", "scripts/registry", "scripts/setup")
_MAIN = "refs/heads/main"


@dataclass
class Zoo:
    """A repository made from the template, the Hub that it publishes to, and a machine that runs its jobs.

    Attributes:
        folder: holds everything.
        hub: sources and releases.
        cache: of graph templates, shared so that one trace is enough.
    """

    folder: Path
    hub: LoopbackHub
    cache: Path
    runs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.origin.mkdir(parents=True)
        git(self.origin, "init", "-q")
        for path in _COPIED:
            self._copy(ROOT / path, self.origin / path)
        self.write(".ci/run", "#!/usr/bin/env bash\necho 'the tests of this request ran'\n", mode=0o755)
        self.commit({"diffusion": []})
        self.hub.seed_repo(HUB_REPOSITORY, {"README.md": b"# empty\n"})
        self.hub.trust(HUB_REPOSITORY, Publisher(REPOSITORY, "main", "release.yml"))

    @property
    def origin(self) -> Path:
        """What GitHub has."""
        return self.folder / "origin"

    @property
    def attestations(self) -> list[str]:
        """The digests of what was attested, in order."""
        path = self.folder / "attestations"
        return path.read_text().split() if path.exists() else []

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Put a file into the work tree of the repository."""
        target = self.origin / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def commit(self, registry: Mapping[str, object] | None = None, *, ref: str = _MAIN) -> str:
        """Commit the work tree to a branch, perhaps with another registry."""
        if registry is not None:
            self.write("registry/extras.json", json.dumps(registry, indent=2))
        git(self.origin, "add", "-A")
        parents = self._parents(ref)
        tree = git(self.origin, "write-tree")
        commit = git(self.origin, "commit-tree", tree, *parents, "-m", "a change")
        git(self.origin, "update-ref", ref, commit)
        return commit

    def propose(self, registry: str | bytes | Mapping[str, object], others: Mapping[str, str] | None = None) -> str:
        """Make a pull request: GitHub's test merge of it, as `refs/pull/7/merge`; `main` stays."""
        kept = git(self.origin, "rev-parse", _MAIN)
        text = json.dumps(registry, indent=2) if isinstance(registry, Mapping) else registry
        (self.origin / "registry/extras.json").write_bytes(text.encode() if isinstance(text, str) else text)
        for path, content in (others or {}).items():
            self.write(path, content)
        git(self.origin, "add", "-A")
        tree = git(self.origin, "write-tree")
        head = git(self.origin, "commit-tree", tree, "-p", kept, "-m", "a request")
        merged = git(self.origin, "commit-tree", tree, "-p", kept, "-p", head, "-m", "merge")
        git(self.origin, "update-ref", "refs/pull/7/merge", merged)
        git(self.origin, "reset", "-q", "--hard", kept)
        return merged

    def pull_request(self, *, fork: bool = True) -> Ran:
        """Run `validate.yml` on the pull request."""
        head = "stranger/models" if fork else REPOSITORY
        payload = {
            "action": "opened",
            "number": 7,
            "repository": {"full_name": REPOSITORY, "default_branch": "main", "private": False},
            "pull_request": {
                "number": 7,
                "base": {"ref": "main", "repo": {"full_name": REPOSITORY}},
                "head": {"ref": "patch-1", "repo": {"full_name": head, "fork": fork}},
            },
        }
        event = Event("pull_request", payload, {"ref": "refs/pull/7/merge", "base_ref": "main"})
        return self.run("validate.yml", event)

    def push(self, *changed: str, variables: Mapping[str, str] | None = None) -> Ran:
        """Run `release.yml` after a push to `main`."""
        payload = {"ref": _MAIN, "repository": {"full_name": REPOSITORY, "private": False}}
        event = Event("push", payload, {"ref": _MAIN}, changed_paths=changed or ("registry/extras.json",))
        return self.run("release.yml", event, variables=variables)

    def dispatch(self, workflow: str = "release.yml", **inputs: str) -> Ran:
        """Run a workflow by hand."""
        payload = {"repository": {"full_name": REPOSITORY, "private": False}}
        return self.run(workflow, Event("workflow_dispatch", payload, {"ref": _MAIN}, inputs))

    def run(
        self,
        workflow: str,
        event: Event,
        *,
        variables: Mapping[str, str] | None = None,
        token: str = "ghs_of-the-job",  # noqa: S107  # opens nothing
    ) -> Ran:
        """Run a workflow of the repository as it is on `main`, in new folders; `token` is GitHub's for the job."""
        self.runs += 1
        work = self.folder / f"run-{self.runs}"
        work.mkdir()
        job = self.hub.job(Job(REPOSITORY, event.github["ref"], workflow))
        issuer = {
            "url": job["ACTIONS_ID_TOKEN_REQUEST_URL"],
            "token": job["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
        }
        machine = Machine(work, Path(__file__).parent, self._environment(), issuer)
        github = {"repository": REPOSITORY, "sha": "0" * 40, "actor": "somebody", **event.github}
        known = {"ONNX_REGISTRY_HUB": f"hf:{HUB_REPOSITORY}"} if variables is None else variables
        return run_workflow(
            self.origin / ".github/workflows" / workflow,
            Event(event.name, event.payload, github, event.inputs, event.changed_paths),
            machine,
            Settings(variables=known, token=token),
        )

    def _environment(self) -> dict[str, str]:
        plain = client_environment(self.hub, self.folder / "hf-home")
        del plain["HF_TOKEN"]
        return {
            **plain,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "ORIGIN": self.origin.as_uri(),
            "ATTESTATIONS": str(self.folder / "attestations"),
            "ONNX_REGISTRY_VENV": sys.prefix,
            "ONNX_REGISTRY_CACHE": str(self.cache),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
            "CI": "true",
        }

    def _parents(self, ref: str) -> Sequence[str]:
        known = git(self.origin, "for-each-ref", "--format=%(objectname)", ref)
        return ("-p", known) if known else ()

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        for path in [source] if source.is_file() else source.rglob("*"):
            if path.is_file():
                here = target if source.is_file() else target / path.relative_to(source)
                here.parent.mkdir(parents=True, exist_ok=True)
                here.write_bytes(path.read_bytes())
                here.chmod(path.stat().st_mode & 0o777)
