"""Local sources: a path relative to the repository root, an absolute path, or `file://`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from converter.registry import HubSource, LocalSource
from converter.sources.errors import SourceError, SourceUnreachable
from converter.sources.fetched import Fetched
from converter.sources.policy import SourcePolicy


def resolve_local(source: LocalSource, root: Path, policy: SourcePolicy) -> Fetched:
    """The file or folder that a local source names.

    Args:
        source: as the registry has it.
        root: the repository root, which relative paths start at.
        policy: whether paths are allowed.

    Raises:
        SourceError: there is no such file or folder, or paths are not allowed.
    """
    if not policy.allow_local:
        # A pull request decides what an entry says: on a shared runner it must not choose what is read from the disk.
        raise SourceError(
            f"{source.path}: found a path, expected a source on the web: paths are refused in continuous integration; "
            "use https://, civitai:// or huggingface://, or allow it with --allow-local"
        )
    path = root / source.path
    if not path.exists():
        hint = "" if Path(source.path).is_absolute() else f" (relative paths start at {root})"
        raise SourceError(
            f"{source.path}: there is no such file or folder{hint}; expected a checkpoint or a diffusers folder"
        )
    return Fetched(path, source.display(), None)


@contextmanager
def folder_named(source: HubSource, root: Path) -> Iterator[None]:
    """Add to what goes wrong with a repository of the Hub that there is a folder of its name."""
    try:
        yield
    except (SourceError, SourceUnreachable) as error:
        if not (root / source.repo).exists():
            raise
        hint = f"{error}. There is a folder {source.repo} here: write ./{source.repo} for it"
        raise type(error)(hint) from error
