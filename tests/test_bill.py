"""The note of what was fetched: it comes back as it was, and does not serve for anything else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from converter.bill import Bill, BillError, bill_of, billed_names, read_bill, write_bill
from converter.ingredients import Ingredient, wanted_by
from converter.registry import DiffusionEntry
from converter.sources import Fetched
from tests.support.registries import diffusion_entry

_ASKED = {
    "name": "alpha",
    "source": "huggingface://org/alpha",
    "vae": "huggingface://org/vae",
    "loras": [{"name": "l", "source": "./l.safetensors"}],
    "inversions": [{"name": "i", "source": "./i.bin"}],
}


@pytest.fixture
def entry() -> DiffusionEntry:
    return diffusion_entry(**_ASKED)


@pytest.fixture
def ingredients(entry: DiffusionEntry, tmp_path: Path) -> tuple[Ingredient, ...]:
    wanted = wanted_by(entry)
    paths = [tmp_path / f"{number}.bin" for number in range(len(wanted))]
    for path in paths:
        path.write_bytes(b"x")
    return tuple(
        Ingredient(want.role, Fetched(path, f"uri {path.name}", "c" * 40, None), want.entry)
        for want, path in zip(wanted, paths, strict=True)
    )


def test_a_bill_comes_back_as_the_same_ingredients(
    entry: DiffusionEntry, ingredients: tuple[Ingredient, ...], tmp_path: Path
) -> None:
    write_bill(bill_of(entry, 3, ingredients), tmp_path / "build")
    bill = read_bill("alpha", tmp_path / "build")
    assert bill is not None
    assert (bill.tag, bill.ingredients(entry)) == ("alpha.v3", ingredients)
    assert [each.role for each in ingredients] == ["model", "vae", "lora", "inversion"]
    assert billed_names(tmp_path / "build") == ("alpha",)


def test_a_new_bill_takes_the_place_of_the_old_one_and_of_no_other_name(
    entry: DiffusionEntry, ingredients: tuple[Ingredient, ...], tmp_path: Path
) -> None:
    bill = bill_of(entry, 1, ingredients)
    for each in (bill, replace(bill, name="alpha-v2"), replace(bill, version=2)):
        write_bill(each, tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        "alpha-v2.v1.fetched.json",
        "alpha.v2.fetched.json",
    ]


def test_nothing_fetched_is_no_bill(tmp_path: Path) -> None:
    assert read_bill("alpha", tmp_path) is None


def test_an_entry_that_changed_since_is_refused(entry: DiffusionEntry, ingredients: tuple[Ingredient, ...]) -> None:
    changed = diffusion_entry(**{**_ASKED, "source": "huggingface://org/beta"})
    with pytest.raises(BillError, match="fetch it again"):
        bill_of(entry, 1, ingredients).ingredients(changed)


def test_a_file_that_has_gone_is_named(entry: DiffusionEntry, ingredients: tuple[Ingredient, ...]) -> None:
    ingredients[2].fetched.path.unlink()
    with pytest.raises(BillError, match=r"2\.bin has gone since it was fetched"):
        bill_of(entry, 1, ingredients).ingredients(entry)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", json.dumps({"schema": 9}).encode(), b"\xff"])
def test_a_damaged_bill_is_said_with_its_file(
    entry: DiffusionEntry, ingredients: tuple[Ingredient, ...], tmp_path: Path, damage: bytes
) -> None:
    bill: Bill = bill_of(entry, 1, ingredients)
    write_bill(bill, tmp_path).write_bytes(damage)
    with pytest.raises(BillError, match=r"alpha\.v1\.fetched\.json: found no bill"):
        read_bill("alpha", tmp_path)
