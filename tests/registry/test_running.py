"""`runner` and `limits`: read strictly, and nothing of a release follows from them."""

import json

import pytest

from converter.registry import Registry, ReleaseEntry, RunLimits, asked, fingerprint, parse_registry

PLAIN = {"name": "a-name", "source": "org/model"}


def registry(**fields: object) -> Registry:
    return parse_registry(json.dumps({"diffusion": [{**PLAIN, **fields}]}, indent=1), "r.json")


def entry(**fields: object) -> ReleaseEntry:
    (found,) = registry(**fields).require_valid().entries
    assert isinstance(found, ReleaseEntry)
    return found


@pytest.mark.parametrize("label", ["a", "gpu-large", "8gpu", "x" * 32])
def test_a_label_is_kept_as_written(label: str) -> None:
    assert entry(runner=label).runner == label


@pytest.mark.parametrize(
    "label",
    ["", "-gpu", "GPU", "gpu_large", "self hosted", "x" * 33, "${{ x }}", "gpu\n", "а", ["self-hosted"], 1, None],
    ids=repr,
)
def test_what_is_no_label_is_an_error_on_its_line(label: object) -> None:
    (error,) = registry(runner=label).errors

    assert (error.path, error.line) == ("$.diffusion[0].runner", 6)


@pytest.mark.parametrize(
    ("raw", "limits"),
    [
        ({}, RunLimits()),
        ({"minutes": 600}, RunLimits(None, 600)),
        ({"disk_gb": 80.5, "minutes": 7200.0}, RunLimits(80.5, 7200)),
    ],
)
def test_limits_are_numbers_of_which_each_may_be_absent(raw: object, limits: RunLimits) -> None:
    assert entry(limits=raw).limits == limits


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"minute": 5}, "unknown key 'minute'; did you mean 'minutes'?"),
        ({"minutes": 0}, "expected at least 1"),
        ({"minutes": 7201}, "expected at most 7200"),
        ({"minutes": 1.5}, "expected a whole number"),
        ({"minutes": "60"}, "expected a whole number"),
        ({"minutes": True}, "expected a whole number"),
        ({"disk_gb": 0.5}, "expected at least 1"),
        ({"disk_gb": -1}, "expected at least 1"),
        ({"disk_gb": 1e300}, "expected at most 100000"),
        (60, "expected an object"),
        ([], "expected an object"),
    ],
    ids=repr,
)
def test_limits_that_are_none_are_errors(raw: object, words: str) -> None:
    (error,) = registry(limits=raw).errors

    assert words in error.message
    assert error.path.startswith("$.diffusion[0].limits")


@pytest.mark.parametrize("fields", [{"runner": "gpu-large"}, {"limits": {"disk_gb": 80, "minutes": 600}}], ids=str)
def test_where_an_entry_runs_and_what_that_may_take_changes_no_release(fields: dict[str, object]) -> None:
    assert asked(entry(**fields)) == asked(entry())
    assert fingerprint(entry(**fields), 1) == fingerprint(entry(), 1)


@pytest.mark.parametrize("key", ["runner", "limits"])
def test_what_is_no_release_runs_nowhere(key: str) -> None:
    source = {"name": "a-file", "source": "https://example.com/a.bin", key: "x"}

    (error,) = parse_registry(json.dumps({"sources": [source]}), "r.json").errors

    assert f"unknown key '{key}'" in error.message
