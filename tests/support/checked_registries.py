"""A registry that is checked with its sources, against loopback servers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.validation import Checks, Validation, validate_registry
from converter.workshop import Workshop
from tests.support.loopback_hub import LoopbackHub
from tests.support.range_server import RangeServer


@dataclass(frozen=True)
class Desk:
    """Where a registry is checked: the folder, the servers, and what the entries are."""

    place: Workshop
    hub: LoopbackHub
    server: RangeServer

    def serve(self, number: int, data: bytes | Path) -> str:
        """Serve a file, and name it as a source."""
        self.server.serve(f"/api/download/models/{number}", data)
        return f"civitai://{number}"

    def seed(self, repo: str, folder: Path) -> str:
        """Put a folder on the Hub, and name it as a source that is pinned."""
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        return f"huggingface://{repo}@{self.hub.seed_repo(repo, files)}"

    def check(self, section: str, *entries: Mapping[str, object]) -> Validation:
        data = json.dumps({section: entries}, indent=2).encode()
        return validate_registry(data, "extras.json", Checks(online=True), lambda: self.place)

    def errors(self, section: str, *entries: Mapping[str, object]) -> dict[str, str]:
        """JSON path to message; each source has at most one here."""
        found = self.check(section, *entries).errors
        assert len({error.path for error in found}) == len(found)
        return {error.path: error.message for error in found}
