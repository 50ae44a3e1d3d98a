"""Where an entry is converted and how much that may take: about the run, so nothing of it is in the release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from converter.canonical import JsonObject, JsonValue
from converter.registry.fields import FieldSpec, metadata

RUNNER_LABEL = "^[a-z0-9][a-z0-9-]{0,31}$"
"""It becomes a label of `runs-on`: nothing of it may end that, or be read as an expression."""
MOST_MINUTES = 7_200
"""Five days, after which GitHub ends a job of a self-hosted runner:
https://docs.github.com/en/actions/reference/limits"""
_MOST_DISK_GB = 100_000


@dataclass(frozen=True)
class RunLimits:
    """What the conversion of an entry may take at most; `None` is what every entry may."""

    disk_gb: float | None = None
    """Of 10^9 bytes: the download and the release beside it."""
    minutes: int | None = None


def runner_label(prose: str) -> Mapping[str, FieldSpec]:
    """The field of a runner's label."""
    schema: JsonObject = {
        "type": "string",
        "pattern": RUNNER_LABEL,
        "errorMessage": "a label of 1 to 32 small letters, digits and hyphens such as 'gpu-large'",
        "examples": ["gpu-large"],
    }
    return metadata(FieldSpec(schema, prose, asked=False))


def run_limits(prose: str) -> Mapping[str, FieldSpec]:
    """The field of an entry's limits."""
    parts: JsonObject = {
        "disk_gb": {
            "description": "Gigabytes on the disk for the download and the release.",
            "type": "number",
            "minimum": 1,
            "maximum": _MOST_DISK_GB,
        },
        "minutes": {
            "description": "Minutes from its start to its publication.",
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_MINUTES,
        },
    }
    schema: JsonObject = {
        "type": "object",
        "properties": parts,
        "additionalProperties": False,
        "examples": [{"disk_gb": 80, "minutes": 600}],
    }
    return metadata(FieldSpec(schema, prose, _read, _write, asked=False))


def _read(raw: Any) -> RunLimits:  # an object, as the schema has checked
    disk_gb, minutes = raw.get("disk_gb"), raw.get("minutes")
    return RunLimits(
        None if disk_gb is None else float(disk_gb),
        None if minutes is None else int(minutes),
    )


def _write(limits: RunLimits) -> JsonValue:
    known: dict[str, JsonValue] = {"disk_gb": limits.disk_gb, "minutes": limits.minutes}
    return {key: value for key, value in known.items() if value is not None}
