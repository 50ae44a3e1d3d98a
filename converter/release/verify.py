"""Is this release what it says it is? One code path for folders, the file hub and remote hubs."""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.progress import Report, silent
from converter.release.contract import breaches
from converter.release.errors import ReleaseError
from converter.release.folder_facts import folder_facts
from converter.release.graph_file import external_data_problems, read_graph
from converter.release.manifest import Manifest
from converter.release.problems import examine
from converter.release.view import ReleaseView


@dataclass(frozen=True)
class Verified:
    """A release that passed."""

    manifest: Manifest
    files: int
    size_bytes: int


def verify(view: ReleaseView, *, report: Report = silent) -> Verified:
    """Check every file of a release against its checksums, its manifest, the layout and what its clients rely on.

    Raises:
        ReleaseError: with everything that is wrong, one line each.
    """
    found = examine(view, report=report)
    manifest, sizes = found.manifest, found.sizes
    problems = [str(problem) for problem in found.problems]
    if not problems:
        problems = _inside(view, manifest, sizes)
    if problems:
        faults = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        raise ReleaseError(
            f"{view.where}: {faults}, do not use it; download it or make it again:\n  " + "\n  ".join(problems)
        )
    return Verified(manifest, len(sizes), sum(sizes.values()))


def _inside(view: ReleaseView, manifest: Manifest, sizes: Mapping[str, int]) -> list[str]:
    """What is wrong with the content of files that are what they say: the graphs' weights, and the contract."""
    models = {part: read_graph(view, part) for part in manifest.graphs}
    weights = [problem for part, model in models.items() for problem in external_data_problems(model, part, sizes)]
    return [*weights, *map(str, breaches(folder_facts(view, manifest, sizes, models)))]
