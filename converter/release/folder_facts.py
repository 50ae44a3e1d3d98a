"""A release as the facts that the contract is about: its manifest, its graphs, and the small files beside them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from converter.canonical import JsonValue
from converter.registry import optimize_of
from converter.release.contract import FolderFacts, graph_facts
from converter.release.manifest import Manifest
from converter.release.view import ReleaseView

if TYPE_CHECKING:
    from onnx import ModelProto

_LIMIT_BYTES = 16 << 20
"""Of a JSON file that clients read; the vocabulary of CLIP has 1 MB."""
_MERGES = "merges.txt"
_HEADING_CHARACTERS = 100


def folder_facts(
    view: ReleaseView, manifest: Manifest, sizes: Mapping[str, int], models: Mapping[str, "ModelProto"]
) -> FolderFacts:
    """What a release has.

    Args:
        view: the release.
        manifest: of it.
        sizes: path to bytes of its files.
        models: folder to its `model.onnx`, without weights.
    """
    read = [path for path in sorted(sizes) if sizes[path] <= _LIMIT_BYTES]
    optimize = optimize_of(manifest.asked) if isinstance(manifest.asked, Mapping) else None
    return FolderFacts(
        architecture=manifest.model.architecture,
        precision=manifest.precision,
        precisions={each.name: each.precision for each in manifest.components if each.precision != manifest.precision},
        optimize=str(optimize),
        runtime_blending=manifest.runtime_blending,
        minimum_onnxruntime=manifest.minimum_onnxruntime,
        fused={each.name: each.fused for each in manifest.components},
        paths=frozenset(sizes),
        documents={path: _document(view.read(path)) for path in read if _is_read_by_clients(path)},
        merges={path: _heading(view.read(path)) for path in read if path.endswith(f"/{_MERGES}")},
        graphs={name: graph_facts(model) for name, model in models.items()},
    )


def _is_read_by_clients(path: str) -> bool:
    """Index, configs, schedulers and tokenizers; `tokenizer.json` has the same again, and no client needs it."""
    return path.endswith(".json") and path != "manifest.json" and path.rpartition("/")[2] != "tokenizer.json"


def _document(data: bytes) -> JsonValue:
    """The content of a JSON file; `None` if it is none, which is no object either."""
    try:
        value: JsonValue = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value


def _heading(data: bytes) -> str:
    return data.split(b"\n", maxsplit=1)[0].decode(errors="replace")[:_HEADING_CHARACTERS]
