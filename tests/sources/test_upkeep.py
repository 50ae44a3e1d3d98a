"""The download cache, shown and bounded; what a process uses stays."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from converter.sources import cached_files, prune
from converter.sources.download_cache import DownloadCache
from tests.support.command_line import environment
from tests.support.range_server import Hold
from tests.support.web_downloads import Web, weights

_HOLDER = """
import sys
from pathlib import Path
from converter.sources.download_cache import DownloadCache
path = DownloadCache(Path(sys.argv[1])).blob(sys.argv[2])
print(path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cache of three whole files, of 100, 200 and 300 bytes, last used at 1000, 2000 and 3000 seconds."""
    for number in (1, 2, 3):
        data = bytes([number]) * 100 * number
        path = tmp_path / "blobs" / hashlib.sha256(data).hexdigest()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1000 * number, 1000 * number))
    return tmp_path


def _sizes(folder: Path) -> list[int]:
    return [file.size_bytes for file in cached_files(folder)]


def test_a_cache_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert cached_files(tmp_path / "missing") == ()
    assert prune(tmp_path / "missing", max_bytes=0, unused_since_s=None).left_bytes == 0


def test_files_are_shown_with_their_sources_oldest_use_first(web: Web, folder: Path) -> None:
    url = web.server.serve("/m", weights(400))
    web.get(f"{url}?key=secretsecret")

    (file,) = cached_files(web.folder)

    assert (file.sources, file.size_bytes, file.whole) == ((url,), 400, True)
    assert _sizes(folder) == [100, 200, 300]


def test_the_size_is_bounded_by_removing_what_was_used_longest_ago(folder: Path) -> None:
    pruned = prune(folder, max_bytes=500, unused_since_s=None)

    assert [file.size_bytes for file in pruned.removed] == [100]
    assert (pruned.left_bytes, pruned.held) == (500, ())
    assert _sizes(folder) == [200, 300]


def test_what_was_not_used_for_long_goes(folder: Path) -> None:
    prune(folder, max_bytes=None, unused_since_s=2500)

    assert _sizes(folder) == [300]


def test_both_bounds_hold_together(folder: Path) -> None:
    assert prune(folder, max_bytes=0, unused_since_s=1500).left_bytes == 0
    assert _sizes(folder) == []


def test_within_the_bounds_nothing_goes(folder: Path) -> None:
    assert prune(folder, max_bytes=600, unused_since_s=1000).removed == ()


def test_what_another_process_uses_stays_and_is_told(folder: Path) -> None:
    digest = cached_files(folder)[0].path.name
    command = [sys.executable, "-c", _HOLDER, str(folder), digest]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()

        pruned = prune(folder, max_bytes=0, unused_since_s=None)

        assert [file.path.name for file in pruned.held] == [digest]
        assert (pruned.left_bytes, _sizes(folder)) == (100, [100])
        holder.communicate()

    assert prune(folder, max_bytes=0, unused_since_s=None).left_bytes == 0


def test_what_this_process_fetched_stays(web: Web) -> None:
    found = web.get(web.server.serve("/m", weights(400)))

    assert len(prune(web.folder, max_bytes=0, unused_since_s=None).held) == 1
    assert found.path.is_file()


def test_use_is_remembered(folder: Path) -> None:
    oldest = cached_files(folder)[0].path

    DownloadCache(folder).blob(oldest.name)

    assert cached_files(folder)[-1].path == oldest


def test_records_of_files_that_are_gone_go_too(folder: Path) -> None:
    (folder / "index").mkdir()
    (folder / "index" / "a.json").write_text("{}")

    prune(folder, max_bytes=1000, unused_since_s=None)

    assert list((folder / "index").iterdir()) == []


def test_the_beginning_of_a_file_goes_unless_it_is_being_downloaded(web: Web) -> None:
    program = (
        "import sys; from pathlib import Path; from converter.registry import HttpsSource\n"
        "from converter.sources import Downloads, HubAccess, fetch\n"
        "from tests.support.web_downloads import LOOPBACK\n"
        "place = Path(sys.argv[1]); downloads = Downloads(place, LOOPBACK)\n"
        "fetch(HttpsSource(sys.argv[2]), root=place, access=HubAccess(), downloads=downloads)"
    )
    url = web.server.serve("/m", weights(1 << 19), Hold(1 << 18))
    with subprocess.Popen([sys.executable, "-c", program, str(web.folder), url], env=environment()) as process:
        while sum(file.size_bytes for file in cached_files(web.folder)) < 1 << 18:
            assert process.poll() is None
        pruned = prune(web.folder, max_bytes=0, unused_since_s=None)
        assert [(file.whole, file.size_bytes) for file in pruned.held] == [(False, 1 << 18)]
        process.kill()

    assert prune(web.folder, max_bytes=0, unused_since_s=None).left_bytes == 0
    assert list((web.folder / "partial").iterdir()) == []
