"""`SHA256SUMS`: what was written is read, what leads out of the folder is refused, and coreutils understand it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.release import ReleaseError, read_checksums, write_checksums

_ONE, _TWO = "1" * 64, "2" * 64
_PARTS = st.from_regex(r"[a-z][a-z0-9._ -]{0,8}", fullmatch=True)
_PATHS = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)
_DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)


@given(st.dictionaries(_PATHS, _DIGESTS, min_size=1))
def test_what_was_written_is_read(digests: dict[str, str]) -> None:
    assert read_checksums(write_checksums(digests), "here") == digests


def test_the_order_of_the_files_does_not_matter() -> None:
    assert write_checksums({"b": _TWO, "a": _ONE}) == write_checksums({"a": _ONE, "b": _TWO})


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a\\..\\x", "a//x", "./x", "a/", ".."])
def test_a_path_out_of_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ReleaseError, match=r"^here:1: the path .* leads out of the release; do not use this release"):
        read_checksums(f"{_ONE}  {path}\n".encode(), "here")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f"{_ONE} x", id="one space"),
        pytest.param(f"{_ONE} *x", id="binary mark"),
        pytest.param(f"{_ONE}  ", id="no path"),
        pytest.param(f"{_ONE[:-1]}  x", id="63 digits"),
        pytest.param(f"{'A' * 64}  x", id="capitals"),
        pytest.param("<html>", id="a page"),
        pytest.param("", id="an empty line"),
    ],
)
def test_a_line_of_another_form_is_named_by_its_number(line: str) -> None:
    with pytest.raises(ReleaseError, match=r"^here:2: found .*, expected `<sha256>  <path>`"):
        read_checksums(f"{_ONE}  a\n{line}\n{_TWO}  b\n".encode(), "here")


def test_a_path_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(ReleaseError, match=r"^here:2: a is listed twice"):
        read_checksums(f"{_ONE}  a\n{_TWO}  a\n".encode(), "here")


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(ReleaseError, match=r"^here: empty, expected one line for each file"):
        read_checksums(b"", "here")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ReleaseError, match=r"^here: not text"):
        read_checksums(b"\xff\xfe\x00", "here")


def test_sha256sum_passes_in_a_release_folder(pico_release: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=pico_release,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    files = [path for path in pico_release.rglob("*") if path.is_file()]
    assert checked.stdout.count(": OK") == len(files) - 1
