"""Which machine converts an entry, and how much that may take, is for a person to say."""

import json

import pytest

from converter.registry import Registry, parse_registry
from converter.review import (
    DISK_LIMIT_GB,
    MINUTES_LIMIT,
    Concern,
    Weight,
    changed_entries,
    disk_concern,
    review,
)

FILE = "registry/extras.json"


def registry(**fields: object) -> Registry:
    entry = {"name": "alpha", "source": "org/alpha", "license": "mit", **fields}
    return parse_registry(json.dumps({"diffusion": [entry]}, indent=1), FILE).require_valid()


def said(concerns: tuple[Concern, ...]) -> list[tuple[str, str, int]]:
    return [(each.weight.value, each.title, each.finding.line) for each in concerns]


NOTHING = parse_registry("{}", FILE)


@pytest.mark.parametrize(
    ("before", "after"),
    [(NOTHING, "large"), (registry(), "large"), (registry(runner="large"), "small"), (registry(runner="large"), None)],
    ids=["new", "added", "another", "removed"],
)
def test_a_runner_that_is_another_than_before_asks_for_a_person(before: Registry, after: str | None) -> None:
    head = registry(**({"runner": after} if after else {}))

    assert said(review(before, head)) == [("person", "Runner changed", 3)]


def test_an_entry_that_keeps_its_runner_and_its_limits_may_change_otherwise() -> None:
    kept = {"runner": "large", "limits": {"minutes": MINUTES_LIMIT + 1}}

    assert review(registry(**kept), registry(**kept, description="another")) == ()


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({}, 0),
        ({"minutes": MINUTES_LIMIT, "disk_gb": DISK_LIMIT_GB}, 0),
        ({"minutes": MINUTES_LIMIT + 1}, 1),
        ({"disk_gb": DISK_LIMIT_GB + 0.5}, 1),
        ({"minutes": MINUTES_LIMIT + 1, "disk_gb": DISK_LIMIT_GB + 1}, 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("before", [NOTHING, registry()], ids=["new", "changed"])
def test_limits_above_those_of_every_entry_ask_for_a_person(
    before: Registry, limits: dict[str, object], count: int
) -> None:
    assert said(review(before, registry(limits=limits))) == [("person", "Limit raised", 3)] * count


def test_a_change_of_runner_and_limits_alone_touches_the_entry() -> None:
    assert [e.name for e in changed_entries(registry(), registry(limits={"minutes": 5})).touched] == ["alpha"]
    assert [e.name for e in changed_entries(registry(runner="a"), registry(runner="b")).touched] == ["alpha"]
    assert changed_entries(registry(limits={}), registry()).touched == ()


@pytest.mark.parametrize(
    ("limits", "disk_gb", "words"),
    [
        (None, DISK_LIMIT_GB, ""),
        (None, DISK_LIMIT_GB + 1, f"at most {DISK_LIMIT_GB} GB are allowed unless its `limits` say otherwise"),
        ({"disk_gb": 20}, 20, ""),
        ({"disk_gb": 20}, 21, 'at most 20 GB are allowed as its `limits` say; write "limits": {"disk_gb": 24}'),
        ({"disk_gb": DISK_LIMIT_GB + 50}, DISK_LIMIT_GB + 49, ""),
    ],
    ids=str,
)
def test_an_estimate_above_what_an_entry_may_take_fails(
    limits: dict[str, object] | None, disk_gb: int, words: str
) -> None:
    (entry,) = registry(**({"limits": limits} if limits else {})).entries

    found = list(disk_concern(FILE, entry, disk_gb * 10**9))

    assert [each.weight for each in found] == [Weight.FAILURE] * bool(words)
    assert all(words in each.finding.message for each in found)
