"""Everything that is wrong with the files of a release, by what its checksums and its manifest say of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from converter.progress import Progress, Report, silent
from converter.release.checksums import CHECKSUMS_NAME, read_checksums
from converter.release.layout import CARD_NAME, required_files
from converter.release.manifest import MANIFEST_NAME, Manifest
from converter.release.view import ReleaseView

_OF_THE_HUB = ".gitattributes"
"""In every branch of a Hub repository."""
_OF_ITS_CLIENT = ".cache/huggingface/"
"""In a folder that `snapshot_download` was told to download to."""


class ProblemKind(StrEnum):
    """What can be wrong with a file."""

    MISSING = "missing"
    UNLISTED = "unlisted"
    MANIFEST = "manifest"
    """Manifest and checksums say different things."""
    SIZE = "size"
    DIGEST = "digest"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one file."""

    kind: ProblemKind
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


@dataclass(frozen=True)
class Examined:
    """A release whose files were compared with what it says of them."""

    manifest: Manifest
    sizes: Mapping[str, int]
    """Path to bytes of its files, without what hubs and their clients put beside them."""
    problems: tuple[Problem, ...]


def examine(view: ReleaseView, *, report: Report = silent) -> Examined:
    """Compare every file with checksums, manifest and layout; the graphs are not looked into.

    Raises:
        ReleaseError: the manifest or the checksums cannot be read.
    """
    manifest = Manifest.from_json(view.read(MANIFEST_NAME), f"{view.where}/{MANIFEST_NAME}")
    digests = read_checksums(view.read(CHECKSUMS_NAME), f"{view.where}/{CHECKSUMS_NAME}")
    sizes = {path: size for path, size in view.sizes().items() if _is_ours(path)}
    problems = (
        *_file_problems(manifest, sizes, digests),
        *_manifest_problems(manifest, sizes, digests),
        *_content_problems(view, sizes, digests, report),
    )
    return Examined(manifest, sizes, problems)


def _is_ours(path: str) -> bool:
    return path != _OF_THE_HUB and not path.startswith(_OF_ITS_CLIENT)


def _file_problems(manifest: Manifest, sizes: Mapping[str, int], digests: Mapping[str, str]) -> list[Problem]:
    listed, required = {*digests, CHECKSUMS_NAME}, required_files(manifest.graphs)
    return [
        *_each(ProblemKind.MISSING, listed - sizes.keys(), f"missing, but listed in {CHECKSUMS_NAME}"),
        *_each(ProblemKind.UNLISTED, sizes.keys() - listed, f"not listed in {CHECKSUMS_NAME}"),
        *_each(ProblemKind.MISSING, required - listed, "missing, every release has it"),
    ]


def _manifest_problems(manifest: Manifest, sizes: Mapping[str, int], digests: Mapping[str, str]) -> list[Problem]:
    recorded = {file.path: file for file in manifest.files}
    expected = set(digests) - {MANIFEST_NAME, CARD_NAME}
    other = {path for path in expected & recorded.keys() if recorded[path].sha256 != digests[path]}
    return [
        *_each(ProblemKind.MANIFEST, expected - recorded.keys(), f"in {CHECKSUMS_NAME}, but not in {MANIFEST_NAME}"),
        *_each(ProblemKind.MANIFEST, recorded.keys() - expected, f"in {MANIFEST_NAME}, but not in {CHECKSUMS_NAME}"),
        *_each(ProblemKind.MANIFEST, other, f"{MANIFEST_NAME} and {CHECKSUMS_NAME} have different digests"),
        *(
            Problem(
                ProblemKind.SIZE,
                path,
                f"{sizes[path]:,} bytes, {MANIFEST_NAME} says {recorded[path].size_bytes:,}",
            )
            for path in sorted(recorded.keys() & sizes.keys())
            if recorded[path].size_bytes != sizes[path]
        ),
    ]


def _each(kind: ProblemKind, paths: Iterable[str], text: str) -> list[Problem]:
    return [Problem(kind, path, text) for path in sorted(paths)]


def _content_problems(
    view: ReleaseView, sizes: Mapping[str, int], digests: Mapping[str, str], report: Report
) -> list[Problem]:
    problems = []
    done, total = 0, sum(sizes.get(path, 0) for path in digests)
    for path in sorted(sizes.keys() & digests.keys()):
        if view.sha256(path) != digests[path]:
            text = f"its bytes do not have the digest in {CHECKSUMS_NAME}"
            problems.append(Problem(ProblemKind.DIGEST, path, text))
        done += sizes[path]
        report(Progress("verifying", done, total, "bytes"))
    return problems
