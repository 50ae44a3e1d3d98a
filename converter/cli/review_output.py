"""What `review` prints: for a person, for a script, and for GitHub."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from converter.canonical import JsonObject, JsonValue
from converter.cli.github_files import OUTPUT, append_outputs, append_summary
from converter.cli.output import command, say

if TYPE_CHECKING:
    from converter.pull_request import Reviewed
    from converter.review import Concern


def print_for_github(found: Reviewed, page: Path) -> None:
    """Print annotations, append the job summary to a file, and say in the output `code` whether there is code to test.

    It is `false` if the registry alone changes. Where the step has no outputs there is nobody to read it.

    Raises:
        typer.Exit: a file cannot be written.
    """
    from converter.pull_request import REGISTRY_PATH, annotations_of, page_of
    from converter.workflow import annotation_lines, summary

    for line in annotation_lines(annotations_of(found)):
        command(line)
    append_summary(page, lambda left_bytes: summary(page_of(found), left_bytes))
    if outputs := os.environ.get(OUTPUT):
        alone = set(found.changed_paths) == {REGISTRY_PATH}
        append_outputs(Path(outputs), {"code": "false" if alone else "true"})


def print_as_text(found: Reviewed) -> None:
    """Print each concern with its place, the lines to paste, and the plan."""
    from converter.plan_rendering import as_text
    from converter.pull_request import page_of

    for each in found.concerns:
        at = each.finding
        say(f"{at.file}:{at.line}:{at.column}: {each.weight}: {at.path}: {at.message}")
    for pin in page_of(found).pins:
        say(f"to paste into {pin.entry!r}, line {pin.line}: {pin.text}")
    if found.plan is not None:
        say(as_text(found.plan).rstrip("\n"))


def as_json(found: Reviewed) -> JsonObject:
    """Everything, for a script."""
    from converter import plan_rendering
    from converter.pull_request import page_of

    page = page_of(found)
    rows: list[JsonValue] = [
        {
            "entry": row.entry,
            "tag": row.release or None,
            "reason": row.reason,
            "source": row.source,
            "architecture": row.architecture or None,
            "download_bytes": row.download_bytes,
            "release_bytes": row.release_bytes,
            "disk_bytes": row.disk_bytes,
            "blended": list(row.blended),
        }
        for row in page.releases
    ]
    return {
        "exit_code": int(found.exit_code),
        "concerns": [_object(each) for each in found.concerns],
        "releases": rows,
        "pins": [{"entry": pin.entry, "line": pin.line, "text": pin.text} for pin in page.pins],
        "plan": plan_rendering.as_json(found.plan) if found.plan is not None else None,
        "empty_hub": found.empty_hub,
    }


def _object(each: Concern) -> JsonObject:
    at = each.finding
    where: JsonObject = {"file": at.file, "line": at.line, "column": at.column, "path": at.path}
    return {"weight": each.weight.value, "title": each.title, **where, "message": at.message}
