"""Downloads that break: they go on where they were, and nothing that is not whole or not right is kept."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from converter.registry import HttpsSource
from converter.sources import HubAccess, fetch
from tests.support.command_line import environment, wait_until
from tests.support.range_server import Cut, Hold, Reply
from tests.support.web_downloads import Web, weights

_PIECE = 1 << 18
_PROGRAM = """
import sys
from pathlib import Path
from tests.support.web_downloads import LOOPBACK
from converter.registry import HttpsSource
from converter.sources import Downloads, HubAccess, fetch
place = Path(sys.argv[1])
found = fetch(HttpsSource(sys.argv[2]), root=place, access=HubAccess(), downloads=Downloads(place, LOOPBACK))
print(found.path)
"""


def _started(web: Web, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(web.folder), url],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill_at(web: Web, url: str, size_bytes: int) -> None:
    with _started(web, url) as process:
        wait_until(lambda: _so_far(web) == size_bytes, process)
        process.kill()


def _so_far(web: Web) -> int:
    return sum(path.stat().st_size for path in (web.folder / "partial").glob("*.part"))


def test_a_download_that_is_killed_three_times_finishes_and_each_byte_is_sent_once(web: Web) -> None:
    data = weights(8 * _PIECE + 1000)
    url = web.server.serve("/m", data, *[Hold(2 * _PIECE)] * 3)
    for killed in (1, 2, 3):
        _kill_at(web, url, 2 * _PIECE * killed)
        assert web.whole_files() == []

    found = web.get(url)

    assert found.path.name == hashlib.sha256(data).hexdigest()
    assert found.path.read_bytes() == data
    assert web.server.sent_bytes == len(data)
    assert list((web.folder / "partial").iterdir()) == []


def test_two_processes_that_want_the_same_file_download_it_once(web: Web) -> None:
    data = weights()
    url = web.server.serve("/m", data, Hold(_PIECE))
    web.server.files["/m"].etag = None  # nothing to ask with: the second must know it from the first
    first = _started(web, url)
    wait_until(lambda: _so_far(web) == _PIECE, first)
    others = [_started(web, url) for _ in range(2)]
    web.server.sent_bytes = 0

    for connection in web.server.held:
        connection.shutdown(2)  # the first goes on by itself, from the beginning
    ended = [process.communicate(timeout=60) for process in (first, *others)]

    assert [process.returncode for process in (first, *others)] == [0, 0, 0], ended
    assert len({out for out, _ in ended}) == 1
    assert web.server.sent_bytes == len(data)


def test_a_connection_that_is_cut_goes_on_with_the_rest(web: Web) -> None:
    url = web.server.serve("/m", weights(), Cut(300_000), Cut(300_000))

    assert web.get(url).path.read_bytes() == weights()
    assert web.server.sent_bytes == 1_000_000
    assert [asked.headers.get("Range") for asked in web.server.log] == [None, "bytes=300000-", "bytes=600000-"]
    assert web.slept == [1, 2]


def test_a_date_serves_where_there_is_no_etag(web: Web) -> None:
    url = web.server.serve("/m", weights(), Cut(300_000))
    web.server.files["/m"].etag, web.server.files["/m"].modified = None, "Mon, 01 Jan 2024 00:00:00 GMT"

    assert web.get(url).path.read_bytes() == weights()
    assert web.server.sent_bytes == 1_000_000


@pytest.mark.parametrize("etag", [None, 'W/"one"'])
def test_a_version_that_cannot_be_named_begins_anew(web: Web, etag: str | None) -> None:
    url = web.server.serve("/m", weights(), Cut(300_000))
    web.server.files["/m"].etag = etag

    assert web.get(url).path.read_bytes() == weights()
    assert web.server.sent_bytes == 1_300_000


def test_a_server_without_ranges_begins_anew(web: Web) -> None:
    url = web.server.serve("/m", weights(), Cut(300_000))
    web.server.files["/m"].ranges = False

    assert web.get(url).path.read_bytes() == weights()
    assert web.server.sent_bytes == 1_300_000


def test_a_file_that_changes_in_the_middle_is_not_mixed(web: Web) -> None:
    url = web.server.serve("/m", weights(1_000_000), Cut(300_000))

    def change(seconds: float) -> None:
        web.slept.append(seconds)
        web.server.files["/m"].data, web.server.files["/m"].etag = weights(1_000_001), '"two"'

    assert _with_sleep(web, change, url) == weights(1_000_001)


def test_a_server_that_sends_the_rest_of_another_version_is_noticed(web: Web) -> None:
    url = web.server.serve("/m", weights(1_000_000), Cut(300_000), Reply(206, b"x" * 700_000, _RANGE))

    assert web.get(url).path.read_bytes() == weights()
    assert web.slept == [1, 0]


_RANGE = {"Content-Range": "bytes 300000-999999/1000000", "ETag": '"two"'}


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 299999-999999/1000000"},
        {"Content-Range": "bytes 300000-999999/1000001"},
        {"Content-Range": "300000-"},
        {},
    ],
    ids=["another-start", "another-total", "not-a-range", "none"],
)
def test_a_rest_that_does_not_fit_is_not_appended(web: Web, headers: dict[str, str]) -> None:
    url = web.server.serve("/m", weights(), Cut(300_000), Reply(206, b"x" * 700_001, headers))

    assert web.get(url).path.read_bytes() == weights()


def test_a_file_that_was_all_there_when_it_was_killed_is_not_sent_again(web: Web) -> None:
    url = web.server.serve("/m", weights(4 * _PIECE), Hold(4 * _PIECE - 1))
    _kill_at(web, url, 3 * _PIECE)
    (partial,) = (web.folder / "partial").glob("*.part")
    partial.write_bytes(weights(4 * _PIECE))
    web.server.sent_bytes = 0

    assert web.get(url).path.read_bytes() == weights(4 * _PIECE)
    assert web.server.sent_bytes == 0


@pytest.mark.parametrize("notes", [b"", b"{}", b"[]", b'{"etag": 1, "modified": null, "total_bytes": null}', b"\xff"])
def test_damaged_notes_begin_anew(web: Web, notes: bytes) -> None:
    url = web.server.serve("/m", weights(4 * _PIECE), Hold(_PIECE))
    _kill_at(web, url, _PIECE)
    (path,) = (web.folder / "partial").glob("*.json")
    path.write_bytes(notes)

    assert web.get(url).path.read_bytes() == weights(4 * _PIECE)


@pytest.mark.parametrize("record", [b"", b"[1]", b'{"sha256": 1}'])
def test_a_damaged_index_is_made_again(web: Web, record: bytes) -> None:
    url = web.server.serve("/m", weights())
    first = web.get(url)
    (path,) = (web.folder / "index").iterdir()
    path.write_bytes(record)

    assert web.get(url) == first


def test_a_blob_that_lost_its_end_is_made_again(web: Web) -> None:
    url = web.server.serve("/m", weights())
    path = web.get(url).path
    path.chmod(0o644)
    path.write_bytes(weights()[:1000])

    assert web.get(url).path.read_bytes() == weights()


def _with_sleep(web: Web, sleep: Callable[[float], None], url: str) -> bytes:
    downloads = replace(web.downloads, sleep=sleep)
    return fetch(HttpsSource(url), root=web.folder, access=HubAccess(), downloads=downloads).path.read_bytes()
