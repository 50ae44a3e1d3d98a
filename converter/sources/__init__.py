"""From a source of the registry to a model on this machine: one file per scheme.

Main types: `Fetched`, `HubAccess`, `Downloads` with its `SourcePolicy`; `fetch` does it. What comes over https is kept
in a download cache, which `cached_files` shows and `prune` bounds. This room does not look into what it fetched, and
what it writes to the disk, a log or a message has no token and no query of an address in it.
"""

from converter.sources.errors import SourceError, SourceUnreachable
from converter.sources.fetch import fetch
from converter.sources.fetched import Fetched
from converter.sources.huggingface import HubAccess
from converter.sources.policy import CivitaiAccess, Downloads, SourcePolicy
from converter.sources.upkeep import CachedFile, Pruned, cached_files, prune

__all__ = [
    "CachedFile",
    "CivitaiAccess",
    "Downloads",
    "Fetched",
    "HubAccess",
    "Pruned",
    "SourceError",
    "SourcePolicy",
    "SourceUnreachable",
    "cached_files",
    "fetch",
    "prune",
]
