"""The catalogue for people."""

from dataclasses import replace

import pytest

from converter.hub import Index, IndexRow
from converter.hub.catalogue import catalogue, human_size

ROW = IndexRow(
    name="pico",
    version=2,
    tag="pico.v2",
    commit="c" * 40,
    fingerprint="f" * 64,
    recipe=1,
    asked={"name": "pico"},
    architecture="sd1",
    precision="fp32",
    license="mit",
    size_bytes=4_265_147_000,
    sums_sha256="5" * 64,
)


def test_the_catalogue_has_one_row_a_model_with_its_latest_release() -> None:
    text = catalogue(Index.of([replace(ROW, version=1, tag="pico.v1"), ROW]), "org/zoo").decode()

    assert "| pico | `pico.v2` | sd1 | fp32 | 4.3 GB | mit |" in text
    assert "pico.v1" not in text


def test_a_model_with_only_yanked_releases_is_left_out() -> None:
    text = catalogue(Index.of([replace(ROW, yanked="broken")]), "org/zoo").decode()

    assert "pico" not in text
    assert "Nothing is published yet." in text


def test_a_licence_cannot_break_the_table_or_become_markup() -> None:
    text = catalogue(Index.of([replace(ROW, license="a | b\n<script>[x](http://y)")]), "org/zoo").decode()
    line = next(line for line in text.splitlines() if line.startswith("| pico"))

    assert line.endswith(r"| a \| b \<script\>\[x\]\(http://y\) |")


def test_the_catalogue_tells_how_to_load_from_the_repository() -> None:
    assert 'snapshot_download("org/zoo", revision="pico.v2")' in catalogue(Index.of([ROW]), "org/zoo").decode()


def test_the_catalogue_of_a_folder_names_no_repository() -> None:
    text = catalogue(Index.of([ROW]), None).decode()

    assert 'from_pretrained("pico.v2")' in text
    assert "snapshot_download" not in text


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (4_265_147_000, "4.3 GB")]
)
def test_sizes_are_written_for_people(size_bytes: int, text: str) -> None:
    assert human_size(size_bytes) == text
