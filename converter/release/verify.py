"""Is this release what it says it is? One code path for folders, the file hub and remote hubs."""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.progress import Progress, Report, silent
from converter.release.checksums import CHECKSUMS_NAME, read_checksums
from converter.release.errors import ReleaseError
from converter.release.graph_file import external_data_problems
from converter.release.layout import CARD_NAME, COMPONENTS, required_files
from converter.release.manifest import MANIFEST_NAME, Manifest
from converter.release.view import ReleaseView

_OF_THE_HUB = ".gitattributes"
"""In every branch of a Hub repository."""
_OF_ITS_CLIENT = ".cache/huggingface/"
"""In a folder that `snapshot_download` was told to download to."""


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
    manifest = Manifest.from_json(view.read(MANIFEST_NAME), f"{view.where}/{MANIFEST_NAME}")
    digests = read_checksums(view.read(CHECKSUMS_NAME), f"{view.where}/{CHECKSUMS_NAME}")
    sizes = {path: size for path, size in view.sizes().items() if _is_ours(path)}
    problems = [
        *_file_problems(sizes, digests),
        *_manifest_problems(manifest, sizes, digests),
        *_content_problems(view, sizes, digests, report),
    ]
    if not problems:
        problems = [problem for part in COMPONENTS for problem in external_data_problems(view, part, sizes)]
    if problems:
        faults = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        raise ReleaseError(
            f"{view.where}: {faults}, do not use it; download it or make it again:\n  " + "\n  ".join(problems)
        )
    return Verified(manifest, len(sizes), sum(sizes.values()))


def _is_ours(path: str) -> bool:
    return path != _OF_THE_HUB and not path.startswith(_OF_ITS_CLIENT)


def _file_problems(sizes: Mapping[str, int], digests: Mapping[str, str]) -> list[str]:
    listed = {*digests, CHECKSUMS_NAME}
    return [
        *(f"{path}: missing, but listed in {CHECKSUMS_NAME}" for path in sorted(listed - sizes.keys())),
        *(f"{path}: not listed in {CHECKSUMS_NAME}" for path in sorted(sizes.keys() - listed)),
        *(f"{path}: missing, every release has it" for path in sorted(required_files() - listed)),
    ]


def _manifest_problems(manifest: Manifest, sizes: Mapping[str, int], digests: Mapping[str, str]) -> list[str]:
    recorded = {file.path: file for file in manifest.files}
    expected = set(digests) - {MANIFEST_NAME, CARD_NAME}
    return [
        *(f"{path}: in {CHECKSUMS_NAME}, but not in {MANIFEST_NAME}" for path in sorted(expected - recorded.keys())),
        *(f"{path}: in {MANIFEST_NAME}, but not in {CHECKSUMS_NAME}" for path in sorted(recorded.keys() - expected)),
        *(
            f"{path}: {MANIFEST_NAME} and {CHECKSUMS_NAME} have different digests"
            for path in sorted(expected & recorded.keys())
            if recorded[path].sha256 != digests[path]
        ),
        *(
            f"{path}: {sizes[path]:,} bytes, {MANIFEST_NAME} says {recorded[path].size_bytes:,}"
            for path in sorted(recorded.keys() & sizes.keys())
            if recorded[path].size_bytes != sizes[path]
        ),
    ]


def _content_problems(
    view: ReleaseView, sizes: Mapping[str, int], digests: Mapping[str, str], report: Report
) -> list[str]:
    problems = []
    done, total = 0, sum(sizes.get(path, 0) for path in digests)
    for path in sorted(sizes.keys() & digests.keys()):
        if view.sha256(path) != digests[path]:
            problems.append(f"{path}: its bytes do not have the digest in {CHECKSUMS_NAME}")
        done += sizes[path]
        report(Progress("verifying", done, total, "bytes"))
    return problems
