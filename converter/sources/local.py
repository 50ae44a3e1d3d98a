"""Local sources: a path relative to the repository root, an absolute path, or `file://`."""

from pathlib import Path

from converter.registry import LocalSource
from converter.sources.errors import SourceError
from converter.sources.fetched import Fetched


def resolve_local(source: LocalSource, root: Path) -> Fetched:
    """The file or folder that a local source names.

    Args:
        source: as the registry has it.
        root: the repository root, which relative paths start at.

    Raises:
        SourceError: there is no such file or folder.
    """
    path = root / source.path
    if not path.exists():
        hint = "" if Path(source.path).is_absolute() else f" (relative paths start at {root})"
        raise SourceError(
            f"{source.path}: there is no such file or folder{hint}; expected a checkpoint or a diffusers folder"
        )
    return Fetched(path, source.display(), None)
