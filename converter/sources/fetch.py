"""From a source of the registry to a model on this machine."""

from pathlib import Path

from converter.progress import Report, silent
from converter.registry import HubSource, LocalSource, Source
from converter.sources.errors import SourceError
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
            return fetch_hub(source, access, report)
        case _:
            raise SourceError(
                f"{source.display()}: sources of this kind are not built yet; expected a local path, org/repo or "
                "huggingface://org/repo"
            )
