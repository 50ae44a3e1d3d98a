"""What ships in the package comes out as it was put in, or not at all."""

import lzma
from pathlib import Path

import pytest

from converter.box import Box, Boxed, BoxError

ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "index.json").write_text("{}")
    return tmp_path


def fill(place: Path, *things: Boxed) -> Box:
    assert list(Box(place).fill(things)) == [thing.name for thing in things]
    return Box(place)


def thing(key: str, data: bytes, name: str = "sd1-unet") -> Boxed:
    return Boxed(key, name, data, {"nodes": 7})


def test_what_was_put_in_comes_out_byte_by_byte(place: Path) -> None:
    data = bytes(range(256)) * 100

    box = fill(place, thing(ONE, data))

    assert (box.get(ONE), box.has(ONE), set(box.keys)) == (data, True, {ONE})


def test_the_index_says_what_made_it(place: Path) -> None:
    said = fill(place, thing(ONE, b"graph")).said(ONE)

    assert said is not None
    assert (said["name"], said["nodes"]) == ("sd1-unet", 7)


def test_what_was_not_put_in_is_not_there(place: Path) -> None:
    box = fill(place, thing(ONE, b"graph"))

    assert (box.get(TWO), box.has(TWO), box.said(TWO)) == (None, False, None)


def test_the_file_is_named_for_people_and_compressed(place: Path) -> None:
    fill(place, thing(ONE, b"graph" * 1000))

    assert lzma.decompress((place / "sd1-unet.xz").read_bytes()) == b"graph" * 1000


@pytest.mark.parametrize("damage", [b"", b"half", lzma.compress(b"another graph")], ids=["empty", "no xz", "another"])
def test_a_damaged_file_is_an_error_that_says_what_to_do(place: Path, damage: bytes) -> None:
    box = fill(place, thing(ONE, b"graph"))
    (place / "sd1-unet.xz").write_bytes(damage)

    with pytest.raises(BoxError, match=r"sd1-unet\.xz: .*install the package again"):
        box.get(ONE)


def test_a_file_that_is_gone_is_an_error_too(place: Path) -> None:
    box = fill(place, thing(ONE, b"graph"))
    (place / "sd1-unet.xz").unlink()

    with pytest.raises(BoxError, match="install the package again"):
        box.get(ONE)


def test_a_package_without_its_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BoxError, match=r"index\.json: there is no such file"):
        Box(tmp_path).has(ONE)


def test_filling_again_removes_what_is_made_no_more(place: Path) -> None:
    fill(place, thing(ONE, b"graph"), thing(TWO, b"other", "sd2-unet"))

    box = fill(place, thing(TWO, b"other", "sd2-unet"))

    assert sorted(path.name for path in place.iterdir()) == ["index.json", "sd2-unet.xz"]
    assert (box.get(ONE), box.get(TWO)) == (None, b"other")


def test_filling_again_leaves_compressed_bytes_of_the_same_alone(place: Path) -> None:
    fill(place, thing(ONE, b"graph"))
    # As another version of the compressor would have written it.
    otherwise = lzma.compress(b"graph", preset=0, check=lzma.CHECK_CRC32)
    (place / "sd1-unet.xz").write_bytes(otherwise)

    fill(place, thing(ONE, b"graph"))

    assert (place / "sd1-unet.xz").read_bytes() == otherwise


def test_filling_again_replaces_what_changed(place: Path) -> None:
    fill(place, thing(ONE, b"graph"))

    assert fill(place, thing(ONE, b"another")).get(ONE) == b"another"


def test_a_box_does_not_differ_from_what_was_put_in(place: Path) -> None:
    box = fill(place, thing(ONE, b"graph"), thing(TWO, b"other", "sd1-vae"))

    assert list(box.differences([thing(TWO, b"other", "sd1-vae"), thing(ONE, b"graph")])) == []


def test_what_changed_what_is_new_and_what_is_left_over_are_told_by_name(place: Path) -> None:
    box = fill(place, thing(ONE, b"graph"), thing(TWO, b"other", "sd1-vae"))

    found = list(box.differences([thing(ONE, b"another graph"), thing("3" * 64, b"new", "sd1-lcm")]))

    assert found == ["sd1-unet", "sd1-lcm", "sd1-vae"]
