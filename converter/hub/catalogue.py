"""The catalogue: `README.md` on `main`, one row a model, for people. Pure: an index in, Markdown out."""

from collections.abc import Collection, Iterable, Iterator

from converter.hub.index import Index, IndexRow
from converter.release.card_text import escaped, readable_size

_HEAD = """---
tags:
- onnx
- text-to-image
---

# Models

Every model is a release: a folder in the ONNX layout of diffusers, with its manifest, checksums and model card,
at a tag `NAME.vN` that never moves.
"""
_COLUMNS = ("Model", "Latest", "Architecture", "Precision", "Size", "Licence", "How to load")


def catalogue(index: Index, retired: Collection[str], repo_id: str | None) -> bytes:
    """The Markdown of the catalogue; text from the registry and from manifests stays text.

    Args:
        index: what is published.
        retired: names that nothing asks for any more; they are listed below the table.
        repo_id: of the repository that it is shown in; `None` for a plain folder, where a release is loaded by path.
    """
    names = [name for name in index.names if name not in retired]
    rows = [latest for name in names if (latest := index.latest(name)) is not None]
    sections = (
        _HEAD,
        _table(rows, repo_id) if rows else "Nothing is published yet.\n",
        _how_to_load(rows[0].tag, repo_id) if rows else "",
        _retired(index, retired),
        _yanked(row for row in index.rows if row.yanked is not None),
    )
    return "\n".join(filter(None, sections)).encode()


def _table(rows: Iterable[IndexRow], repo_id: str | None) -> str:
    header = [_line(_COLUMNS), "|---|---|---|---|--:|---|---|"]
    return "\n".join([*header, *(_line(_cells(row, repo_id)) for row in rows), ""])


def _cells(row: IndexRow, repo_id: str | None) -> Iterator[str]:
    yield row.name
    yield f"`{row.tag}`"
    yield escaped(row.architecture)
    yield escaped(row.level)
    yield readable_size(row.size_bytes)
    yield escaped(row.license or "not stated")
    yield f"`{row.tag}/`" if repo_id is None else f'`snapshot_download("{repo_id}", revision="{row.tag}")`'


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


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


def _retired(index: Index, retired: Collection[str]) -> str:
    latest = [found for name in sorted(retired) if (found := index.latest(name)) is not None]
    lines = [f"- {row.name}: `{row.tag}`" for row in latest]
    head = ["## Retired", "", "No new versions are made of these; their releases stay where they are.", ""]
    return "\n".join([*head, *lines, ""]) if lines else ""


def _yanked(rows: Iterable[IndexRow]) -> str:
    lines = [f"- `{row.tag}`: {escaped(row.yanked or 'no reason given')}" for row in rows]
    return "\n".join(["## Yanked: do not use these", "", *lines, ""]) if lines else ""
