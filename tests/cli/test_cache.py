"""`cache list` and `cache prune`, through the real command line."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run

_DAY_S = 86_400


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with files of 1 kB, 2 kB and 3 kB, last used 30, 20 and 10 days ago."""
    folder = tmp_path / "cache"
    for number in (1, 2, 3):
        path = folder / "downloads" / "blobs" / (str(number) * 64)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000 * number))
        used_s = time.time() - _DAY_S * 10 * (4 - number)
        os.utime(path, (used_s, used_s))
    index = folder / "downloads" / "index" / "a.json"
    index.parent.mkdir()
    known = {"source": "civitai://6266", "sha256": "1" * 64, "size_bytes": 1000, "etag": None, "last_modified": None}
    index.write_text(json.dumps(known))
    return folder


def _run(cache: Path, *arguments: str) -> Ran:
    return run("cache", *arguments, "--cache", cache, cwd=cache)


def _left(cache: Path) -> list[str]:
    return sorted(path.name[0] for path in (cache / "downloads" / "blobs").iterdir())


def test_downloads_are_listed_with_size_digest_and_source(cache: Path) -> None:
    ran = _run(cache, "list")

    first, *_, last = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert first.split()[-2:] == ["1" * 12, "civitai://6266"]
    assert "3 files" in last


def test_the_list_as_json_has_everything(cache: Path) -> None:
    files = json.loads(_run(cache, "list", "--json").out)["files"]

    assert [file["size_bytes"] for file in files] == [1000, 2000, 3000]
    assert (files[0]["sha256"], files[0]["sources"], files[0]["whole"]) == ("1" * 64, ["civitai://6266"], True)


def test_an_empty_cache_is_listed(tmp_path: Path) -> None:
    ran = run("cache", "list", cwd=tmp_path)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{tmp_path}/.cache/onnx-registry/downloads: 0 files")


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--max-size", "5k"], ["2", "3"]),
        (["--max-size", "3KB"], ["3"]),
        (["--max-size", "0.001M"], []),
        (["--max-size", "1G"], ["1", "2", "3"]),
        (["--older-than", "15d"], ["3"]),
        (["--older-than", "3w"], ["2", "3"]),
        (["--older-than", "900h", "--max-size", "4000"], ["3"]),
    ],
)
def test_pruning_keeps_the_bounds(cache: Path, options: list[str], left: list[str]) -> None:
    ran = _run(cache, "prune", *options)

    assert (ran.code, ran.err) == (0, "")
    assert _left(cache) == left
    assert f"{3 - len(left)} removed" in ran.out


def test_pruning_as_json_says_what_went(cache: Path) -> None:
    said = json.loads(_run(cache, "prune", "--max-size", "5k", "--json").out)

    assert [file["sha256"] for file in said["removed"]] == ["1" * 64]
    assert (said["held"], said["left_bytes"]) == ([], 5000)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], "found neither --max-size nor --older-than"),
        (["--max-size", "much"], "found 'much' after --max-size"),
        (["--older-than", "30"], "found '30' after --older-than"),
        (["--older-than", "30x"], "write 30d"),
        (["--max-size", "-1G"], "found '-1G' after --max-size"),
    ],
)
def test_pruning_without_a_clear_bound_is_wrong_usage_and_removes_nothing(
    cache: Path, options: list[str], found: str
) -> None:
    ran = _run(cache, "prune", *options)

    assert (ran.code, ran.out) == (2, "")
    assert found in " ".join(ran.err.replace("│", " ").split())
    assert _left(cache) == ["1", "2", "3"]
