"""Which releases are not what would be made today."""

import json
from collections.abc import Mapping

from converter.outdated import Outdated, outdated
from converter.plan import Convert, Published, plan
from converter.registry import Entry, asked, fingerprint, parse_registry

RECIPE = 4


def entries(*raws: Mapping[str, object]) -> tuple[Entry, ...]:
    text = json.dumps({"diffusion": [{"source": "org/model", **raw} for raw in raws]})
    return parse_registry(text, "r.json").require_valid().entries


def release(entry: Entry, version: int = 1, recipe: int = RECIPE) -> Published:
    return Published(entry.name, version, fingerprint(entry, recipe), recipe, asked(entry))


def found(entry: Entry, *releases: Published) -> list[Outdated]:
    return list(outdated([entry], {entry.name: releases}, RECIPE))


def test_a_release_that_is_what_is_asked_for_is_not_outdated_and_neither_is_one_that_there_is_not() -> None:
    (entry,) = entries({"name": "first"})
    assert found(entry, release(entry)) == []
    assert found(entry) == []


def test_another_recipe_or_another_entry_is_outdated_with_the_reason() -> None:
    (old,), (new,) = entries({"name": "first"}), entries({"name": "first", "license": "mit"})
    assert found(old, release(old, 2, recipe=3)) == [Outdated("first", 2, 3, "recipe 3 -> 4")]
    (both,) = found(new, release(old, 2, recipe=3))
    assert (both.tag, both.reason) == ("first.v2", "changed: license none -> mit, recipe 3 -> 4")


def test_only_the_newest_release_counts_in_whatever_order() -> None:
    (entry,) = entries({"name": "first"})
    assert found(entry, release(entry, 2), release(entry, 1, recipe=3)) == []


def test_of_a_yanked_entry_nothing_is_made_so_nothing_is_outdated() -> None:
    (old,), (new,) = entries({"name": "first"}), entries({"name": "first", "license": "mit", "yanked": "Broken."})
    assert found(new, release(old)) == []


def test_what_cannot_be_built_any_more_is_outdated_all_the_same() -> None:
    (old,), (new,) = entries({"name": "first"}), entries({"name": "first", "precision": "int8"})
    assert [o.reason for o in found(new, release(old))] == ["changed: precision fp32 -> int8"]


def test_what_the_plan_converts_again_is_what_is_outdated() -> None:
    wanted = entries({"name": "first"}, {"name": "second", "license": "mit"}, {"name": "third"})
    published = {"first": [release(wanted[0], recipe=3)], "second": [release(wanted[1])]}
    again = {c.name for c in plan(wanted, published, RECIPE).actions if isinstance(c, Convert) and c.version > 1}
    assert {o.name for o in outdated(wanted, published, RECIPE)} == again == {"first"}
