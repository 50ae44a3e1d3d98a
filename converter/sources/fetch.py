"""From a source of the registry to a model on this machine."""

from pathlib import Path

from converter.progress import Report, silent
from converter.registry import HubSource, LocalSource, Source
from converter.sources.errors import SourceError, SourceUnreachable
from converter.sources.fetched import Fetched
from converter.sources.huggingface import HubAccess, fetch_hub
from converter.sources.local import resolve_local


def fetch(source: Source, *, root: Path, access: HubAccess, report: Report = silent) -> Fetched:
    """Fetch a source; what is already in a cache is not fetched again.

    Raises:
        SourceError: it is missing, not allowed, or of a kind that is not built yet.
        SourceUnreachable: its host does not answer.
    """
    match source:
        case LocalSource():
            return resolve_local(source, root)
        case HubSource():
            try:
                return fetch_hub(source, access, report)
            except (SourceError, SourceUnreachable) as error:
                if (root / source.repo).exists():
                    hint = f"{error}. There is a folder {source.repo} here: write ./{source.repo} for it"
                    raise type(error)(hint) from error
                raise
        case _:
            raise SourceError(
                f"{source.display()}: sources of this kind are not built yet; expected a local path, org/repo or "
                "huggingface://org/repo"
            )
