"""Where weights are kept, and by whom: what must not change without somebody having looked."""

from dataclasses import dataclass
from typing import assert_never
from urllib.parse import urlsplit

from converter.registry import (
    CivitaiSource,
    DiffusionEntry,
    HttpsSource,
    HubFileSource,
    HubSource,
    LocalSource,
    Source,
    SourcedEntry,
    identity_of,
)


@dataclass(frozen=True)
class Place:
    """Of one source."""

    keeper: str
    """Who can change what is there: a host, or a user or organisation of the Hub."""
    weights: str
    """Which weights, without the revision: fit to be shown."""


def place_of(source: Source) -> Place:
    """Where a source is."""
    match source:
        case LocalSource():
            return Place("this repository", source.display())
        case HubSource(repo=repo):
            return Place(f"huggingface.co/{repo.partition('/')[0]}", HubSource(repo, None).display())
        case HubFileSource(repo=repo, path=path):
            return Place(f"huggingface.co/{repo.partition('/')[0]}", HubFileSource(repo, None, path).display())
        case CivitaiSource():
            return Place("civitai.com", identity_of(source))
        case HttpsSource(url=url):
            return Place(urlsplit(url).hostname or url, identity_of(source))
        case _:
            assert_never(source)


def sources_of(entry: SourcedEntry) -> dict[str, Source]:
    """Every source of an entry by what it is in it: `source`, `vae`, `LoRA NAME`, `inversion NAME`."""
    found: dict[str, Source] = {"source": entry.source}
    if isinstance(entry, DiffusionEntry):
        found |= {"vae": entry.vae} if entry.vae is not None else {}
        found |= {f"LoRA {lora.name}": lora.source for lora in entry.loras}
        found |= {f"inversion {inversion.name}": inversion.source for inversion in entry.inversions}
    return found
