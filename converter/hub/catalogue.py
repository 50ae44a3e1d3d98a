"""The catalogue: `README.md` on `main`, one row a model, for people. Pure: an index in, Markdown out."""

import re

from converter.hub.index import Index, IndexRow

_HEAD = """---
tags:
- onnx
- text-to-image
---

# Models

Every model is a release: a folder in the ONNX layout of diffusers, with its manifest, checksums and model card,
at a tag `NAME.vN` that never moves.
"""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#!|~&])")


def catalogue(index: Index, repo_id: str | None) -> bytes:
    """The Markdown of the catalogue.

    Args:
        index: what is published.
        repo_id: of the repository that it is shown in; `None` for a plain folder, where a release is loaded by path.
    """
    rows = [latest for name in index.names if (latest := index.latest(name)) is not None]
    if not rows:
        return f"{_HEAD}\nNothing is published yet.\n".encode()
    return "\n".join([_HEAD, *_table(rows), "", _how_to_load(rows[0].tag, repo_id)]).encode()


def human_size(size_bytes: int) -> str:
    """`4265147000` as `4.3 GB`, the way that disks are sold."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _table(rows: list[IndexRow]) -> list[str]:
    header = ["| Model | Release | Architecture | Precision | Size | Licence |", "|---|---|---|---|--:|---|"]
    return [*header, *(_line(row) for row in rows)]


def _line(row: IndexRow) -> str:
    cells = (row.name, f"`{row.tag}`", _escaped(row.architecture), _escaped(row.precision), human_size(row.size_bytes))
    return f"| {' | '.join(cells)} | {_escaped(row.license or 'not stated')} |"


def _escaped(text: str) -> str:
    """Text from the registry as plain words: a licence must not break the table or become a link or HTML."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _how_to_load(tag: str, repo_id: str | None) -> str:
    if repo_id is None:
        load = f'ORTStableDiffusionPipeline.from_pretrained("{tag}")'
        return f"A release is the folder of its name: `{load}` loads it from here.\n"
    return (
        "```python\n"
        "from huggingface_hub import snapshot_download\n\n"
        f'folder = snapshot_download("{repo_id}", revision="{tag}")\n'
        "```\n\n"
        "```python\n"
        "from optimum.onnxruntime import ORTStableDiffusionPipeline\n\n"
        f'pipeline = ORTStableDiffusionPipeline.from_pretrained("{repo_id}", revision="{tag}")\n'
        "```\n\n"
        "`sha256sum --check SHA256SUMS` in the folder verifies it.\n"
    )
