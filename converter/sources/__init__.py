"""From a source of the registry to a model on this machine: one file per scheme.

Main types: `Fetched`, `HubAccess`; `fetch` does it. This room does not look into what it fetched.
"""

from converter.sources.errors import SourceError, SourceUnreachable
from converter.sources.fetch import fetch
from converter.sources.fetched import Fetched
from converter.sources.huggingface import HubAccess

__all__ = ["Fetched", "HubAccess", "SourceError", "SourceUnreachable", "fetch"]
