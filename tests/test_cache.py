"""The cache whose file names hold a digest: damage is seen, and counts as absence."""

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from converter.cache import DigestCache

KEY = "0" * 64
OTHER = "1" * 64


@pytest.fixture
def store(tmp_path: Path) -> DigestCache:
    return DigestCache(tmp_path / "cache", ".bin")


def test_what_was_saved_is_loaded(store: DigestCache) -> None:
    store.save(KEY, b"data")

    assert store.load(KEY) == b"data"
    assert store.has(KEY)


def test_nothing_is_loaded_from_a_folder_that_is_not_there(store: DigestCache) -> None:
    assert store.load(KEY) is None
    assert not store.has(KEY)
    assert not store.folder.exists()


def test_a_key_does_not_see_what_is_kept_under_another(store: DigestCache) -> None:
    store.save(KEY, b"data")

    assert store.load(OTHER) is None
    assert not store.has(OTHER)


def test_a_suffix_keeps_two_kinds_of_files_apart(store: DigestCache) -> None:
    store.save(KEY, b"data")

    assert DigestCache(store.folder, ".json").load(KEY) is None


def test_a_file_is_named_by_its_key_and_by_its_digest(store: DigestCache) -> None:
    path = store.save(KEY, b"data")

    assert path == store.folder / f"{KEY}.{hashlib.sha256(b'data').hexdigest()}.bin"


def test_saving_the_same_again_leaves_one_file(store: DigestCache) -> None:
    store.save(KEY, b"data")
    store.save(KEY, b"data")

    assert len(list(store.folder.iterdir())) == 1


@pytest.mark.parametrize("damaged", [b"", b"dat", b"date", b"data and more"])
def test_a_damaged_file_is_removed_and_counts_as_absent(
    store: DigestCache, damaged: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = store.save(KEY, b"data")
    path.write_bytes(damaged)

    with caplog.at_level(logging.WARNING):
        assert store.load(KEY) is None

    assert not path.exists()
    assert f"{path} is damaged" in caplog.text


def test_a_damaged_file_does_not_hide_a_sound_one(store: DigestCache) -> None:
    sound = store.save(KEY, b"data")
    (store.folder / f"{KEY}.{'0' * 64}.bin").write_bytes(b"something else")  # sorts before the sound one

    assert store.load(KEY) == b"data"
    assert list(store.folder.iterdir()) == [sound]


def test_many_writers_of_the_same_leave_one_whole_file(store: DigestCache) -> None:
    data = bytes(range(256)) * 1000

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: (store.save(KEY, data), store.load(KEY))[1], range(40)))

    assert set(seen) == {data}
    assert len(list(store.folder.iterdir())) == 1
