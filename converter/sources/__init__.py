"""From a source of the registry to a model on this machine: one file per scheme.

Main types: `Fetched`, `HubAccess`, `Downloads` with its `SourcePolicy`; `fetch` does it. What comes over https is kept
in a download cache, which `cached_files` shows and `prune` bounds. `look` gives a `Look` in the place of a `Fetched`:
the same model where it is, its weight files by their headers, in a few range requests. This room does not decide what
a model is, and what it writes to the disk, a log or a message has no token and no query of an address in it.
"""

from converter.sources.errors import SourceError, SourceUnreachable
from converter.sources.fetch import fetch
from converter.sources.fetched import Fetched
from converter.sources.huggingface_concept import concept_source
from converter.sources.huggingface_kind import told_apart
from converter.sources.huggingface_repository import HubAccess
from converter.sources.look import Look
from converter.sources.looking import commit_of, look
from converter.sources.policy import CivitaiAccess, Downloads, SourcePolicy
from converter.sources.repository_files import SourceKind
from converter.sources.upkeep import CachedFile, Pruned, cached_files, prune

__all__ = [
    "CachedFile",
    "CivitaiAccess",
    "Downloads",
    "Fetched",
    "HubAccess",
    "Look",
    "Pruned",
    "SourceError",
    "SourceKind",
    "SourcePolicy",
    "SourceUnreachable",
    "cached_files",
    "commit_of",
    "concept_source",
    "fetch",
    "look",
    "prune",
    "told_apart",
]
