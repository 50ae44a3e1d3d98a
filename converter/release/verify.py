"""Is this release what it says it is? One code path for folders, the file hub and remote hubs."""

from dataclasses import dataclass

from converter.progress import Report, silent
from converter.release.errors import ReleaseError
from converter.release.graph_file import external_data_problems
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
    """Check every file of a release against its checksums, its manifest and the layout.

    Raises:
        ReleaseError: with everything that is wrong, one line each.
    """
    found = examine(view, report=report)
    manifest, sizes = found.manifest, found.sizes
    problems = [str(problem) for problem in found.problems]
    if not problems:
        problems = [problem for part in manifest.graphs for problem in external_data_problems(view, part, sizes)]
    if problems:
        faults = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        raise ReleaseError(
            f"{view.where}: {faults}, do not use it; download it or make it again:\n  " + "\n  ".join(problems)
        )
    return Verified(manifest, len(sizes), sum(sizes.values()))
