"""Registries for tests, through the real parser."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from converter.registry import ControlEntry, DiffusionEntry, Registry, load_registry


def registry_of(*entries: Mapping[str, object]) -> Registry:
    """A valid registry with these entries in the section `diffusion`."""
    return load_registry(_text(entries), "registry/extras.json").require_valid()


def diffusion_entry(**fields: object) -> DiffusionEntry:
    """One entry."""
    entry = registry_of(fields).entries[0]
    assert isinstance(entry, DiffusionEntry)
    return entry


def control_entry(**fields: object) -> ControlEntry:
    """A ControlNet of `networks`."""
    raw = json.dumps({"networks": [{"type": "control", **fields}]}).encode()
    entry = load_registry(raw, "registry/extras.json").require_valid().entries[0]
    assert isinstance(entry, ControlEntry)
    return entry


def write_registry(root: Path, *entries: Mapping[str, object], networks: Sequence[Mapping[str, object]] = ()) -> Path:
    """`registry/extras.json` below `root`; a repository as far as the command line is concerned."""
    path = root / "registry" / "extras.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_text(entries, networks))
    return path


def _text(entries: Sequence[Mapping[str, object]], networks: Sequence[Mapping[str, object]] = ()) -> bytes:
    sections = {"diffusion": entries, **({"networks": networks} if networks else {})}
    return json.dumps(sections, indent=2).encode()
