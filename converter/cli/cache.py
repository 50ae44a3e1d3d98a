"""`cache list` and `cache prune`: what was downloaded, and making it smaller."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.canonical import JsonObject
from converter.cli.measures import age_s, size_bytes
from converter.cli.options import CacheOption, JsonOption, default_cache
from converter.cli.output import note, say, say_json
from converter.release.card_text import readable_size

if TYPE_CHECKING:
    from converter.sources import CachedFile


def list_downloads(cache: CacheOption = None, as_json: JsonOption = False) -> None:
    """Print what was downloaded: size, last use, digest and source.

    Files of the Hugging Face Hub are in the Hub client's own cache: `hf cache ls` shows it.

    Example: onnx-registry cache list
    """
    from converter.sources import cached_files

    folder = _downloads(cache)
    files = cached_files(folder)
    if as_json:
        say_json({"folder": str(folder), "files": [_object(file) for file in files]})
        return
    for file in files:
        say(_line(file))
    total = sum(file.size_bytes for file in files)
    say(f"{folder}: {len(files)} {'file' if len(files) == 1 else 'files'}, {readable_size(total)}")


def prune_downloads(
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", metavar="SIZE", help="What is left has at most this size: 500M, 20G, 1.5T."),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="What was not used for so long goes: 30m, 12h, 30d, 4w."),
    ] = None,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove downloads, those used longest ago first; what a running process uses stays.

    Example: onnx-registry cache prune --max-size 20G --older-than 30d
    """
    from converter.sources import prune

    if max_size is None and older_than is None:
        raise typer.BadParameter("found neither --max-size nor --older-than, expected one or both; say what may go")
    folder = _downloads(cache)
    max_bytes = None if max_size is None else size_bytes(max_size, "--max-size", "20G")
    unused_s = None if older_than is None else age_s(older_than, "--older-than", "30d")
    pruned = prune(folder, max_bytes=max_bytes, unused_since_s=None if unused_s is None else time.time() - unused_s)
    if as_json:
        groups = {"removed": pruned.removed, "held": pruned.held}
        lists = {name: [_object(file) for file in files] for name, files in groups.items()}
        say_json({"folder": str(folder), "left_bytes": pruned.left_bytes, **lists})
        return
    for file in pruned.removed:
        say(f"removed  {_line(file)}")
    for file in pruned.held:
        note(f"in use   {_line(file)}")
    say(f"{folder}: {len(pruned.removed)} removed, {readable_size(pruned.left_bytes)} left")


def _downloads(cache: Path | None) -> Path:
    return (cache or default_cache()) / "downloads"


def _line(file: "CachedFile") -> str:
    used = _used(file).strftime("%Y-%m-%d")
    name = file.path.name[:12] if file.whole else "unfinished"
    return f"{readable_size(file.size_bytes):>10}  {used}  {name:<12}  {', '.join(file.sources) or '?'}"


def _object(file: "CachedFile") -> JsonObject:
    return {
        "path": str(file.path),
        "sha256": file.path.name if file.whole else None,
        "sources": list(file.sources),
        "size_bytes": file.size_bytes,
        "used_at": _used(file).isoformat(timespec="seconds"),
        "whole": file.whole,
    }


def _used(file: "CachedFile") -> datetime:
    return datetime.fromtimestamp(file.used_at_s, UTC)
