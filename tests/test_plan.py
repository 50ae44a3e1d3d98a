import json
from collections.abc import Mapping, Sequence

import pytest

from converter.errors import ExitCode
from converter.plan import (
    Action,
    Convert,
    Keep,
    Plan,
    Published,
    Refuse,
    Retire,
    UnknownNameError,
    Unretire,
    Unyank,
    Withhold,
    Yank,
    plan,
)
from converter.registry import Entry, asked, fingerprint, parse_registry

RECIPE = 4


def entries(*raws: Mapping[str, object]) -> tuple[Entry, ...]:
    text = json.dumps({"diffusion": [{"source": "org/model", **raw} for raw in raws]}, indent=1)
    return parse_registry(text, "r.json").require_valid().entries


def release(entry: Entry, version: int = 1, recipe: int = RECIPE, yanked: str | None = None) -> Published:
    return Published(entry.name, version, fingerprint(entry, recipe), recipe, asked(entry), yanked)


def plan_for(entry: Entry, *releases: Published, recipe: int = RECIPE, force: bool = False) -> Action:
    (action,) = plan([entry], {entry.name: releases}, recipe, force=force).actions
    return action


def test_what_is_not_published_is_new() -> None:
    (entry,) = entries({"name": "first"})
    assert plan([entry], {}, RECIPE).actions == (Convert("first", 1, entry, "new"),)
    assert plan_for(entry) == Convert("first", 1, entry, "new")


def test_what_is_published_as_asked_is_kept() -> None:
    (entry,) = entries({"name": "first"})
    assert plan_for(entry, release(entry, 3)) == Keep("first", 3, "unchanged")


def test_a_changed_entry_is_converted_and_the_reason_names_each_change() -> None:
    (old,) = entries({"name": "first", "license": "mit"})
    (new,) = entries({"name": "first", "license": "apache-2.0", "label": "First"})
    assert plan_for(new, release(old)) == Convert(
        "first", 2, new, "changed: label none -> First, license mit -> apache-2.0"
    )


def test_the_reason_of_a_changed_precision_is_as_the_users_know_it() -> None:
    (entry,) = entries({"name": "first"})
    old = Published("first", 1, "0" * 64, RECIPE, {**asked(entry), "precision": "fp16"})
    assert plan_for(entry, old) == Convert("first", 2, entry, "changed: precision fp16 -> fp32")


def test_a_new_recipe_converts_again() -> None:
    (entry,) = entries({"name": "first"})
    assert plan_for(entry, release(entry, 1, recipe=3)) == Convert("first", 2, entry, "recipe 3 -> 4")


def test_a_change_and_a_new_recipe_are_both_told() -> None:
    (old,), (new,) = entries({"name": "first"}), entries({"name": "first", "license": "mit"})
    assert plan_for(new, release(old, recipe=3)) == Convert(
        "first", 2, new, "changed: license none -> mit, recipe 3 -> 4"
    )


def test_a_release_of_a_newer_recipe_is_not_undone() -> None:
    (entry,) = entries({"name": "first"})
    action = plan_for(entry, release(entry, 2, recipe=5))
    assert isinstance(action, Refuse)
    assert action.reason == "release 2 was made with recipe 5, this version has 4; update it"
    assert isinstance(plan_for(entry, release(entry, 2, recipe=5), force=True), Convert)


def test_a_fingerprint_that_nothing_explains_is_a_change() -> None:
    (entry,) = entries({"name": "first"})
    other = Published("first", 1, "0" * 64, RECIPE, asked(entry))
    assert plan_for(entry, other) == Convert("first", 2, entry, "changed: fingerprint")


def test_force_converts_what_is_unchanged_and_keeps_the_other_reasons() -> None:
    one, two = entries({"name": "first"}, {"name": "second"})
    actions = plan([one, two], {"first": [release(one)]}, RECIPE, force=True).actions
    assert actions == (Convert("first", 2, one, "forced"), Convert("second", 1, two, "new"))


def test_the_version_is_after_the_highest_even_when_that_is_yanked_and_order_does_not_matter() -> None:
    (old,), (new,) = entries({"name": "first"}), entries({"name": "first", "license": "mit"})
    releases = [release(old, 7, yanked="Broken."), release(old, 2), release(old, 1)]
    unyank, action = plan([new], {"first": releases}, RECIPE).actions
    assert unyank == Unyank("first", (7,))
    assert isinstance(action, Convert)
    assert action.version == 8


def test_only_the_newest_release_counts() -> None:
    (old,), (new,) = entries({"name": "first"}), entries({"name": "first", "license": "mit"})
    action = plan_for(old, release(old, 1), release(new, 2))
    assert action == Convert("first", 3, old, "changed: license mit -> none")


def test_what_is_not_built_is_refused_with_its_place_and_does_not_stop_its_siblings() -> None:
    one, two = entries({"name": "first", "opset": 14, "clip_skip": 2}, {"name": "second"})
    refused, converted = plan([one, two], {}, RECIPE).actions
    assert refused == Refuse(
        "first",
        "`opset: 14` is not built yet; this version builds 18. "
        "`clip_skip: 2` is not built yet; this version builds entries without it",
        one.location,
    )
    assert converted == Convert("second", 1, two, "new")
    assert one.location.line == 3


def test_sections_that_are_not_built_are_refused_by_name() -> None:
    text = '{"strings": {"de": {}}, "networks": [{"name": "x", "source": "a/b", "type": "lora"}]}'
    actions = plan(parse_registry(text, "r.json").entries, {}, RECIPE).actions
    assert [action.name for action in actions if isinstance(action, Refuse)] == ["strings.de", "x"]


def test_what_is_no_longer_asked_for_is_retired_last_and_by_name() -> None:
    first, other, gone = entries({"name": "first"}, {"name": "other"}, {"name": "gone"})
    published = {
        "other": [release(other, 1), release(other, 2), release(other, 3, yanked="Broken.")],
        "gone": [release(gone, 1, yanked="Withdrawn.")],
        "first": [release(first)],
        "aardvark": [release(other, 5)],
    }
    assert plan([first], published, RECIPE).actions == (
        Keep("first", 1),
        Retire("aardvark", 5, "no longer in the registry"),
        Retire("other", 2, "no longer in the registry"),
    )


def test_entries_keep_the_order_of_the_registry() -> None:
    wanted = entries({"name": "zebra"}, {"name": "ant"}, {"name": "mole"})
    assert [action.name for action in plan(wanted, {}, RECIPE).actions] == ["zebra", "ant", "mole"]


def test_after_a_plan_is_carried_out_the_next_one_only_keeps() -> None:
    wanted = entries({"name": "first"}, {"name": "second", "license": "mit"})
    done: Mapping[str, Sequence[Published]] = {
        convert.name: [release(convert.entry, convert.version)] for convert in plan(wanted, {}, RECIPE).converts
    }
    assert all(isinstance(action, Keep) for action in plan(wanted, done, RECIPE).actions)


def test_a_plan_can_be_reduced_to_names() -> None:
    whole = plan(entries({"name": "first"}, {"name": "second"}, {"name": "third"}), {}, RECIPE)
    assert [action.name for action in whole.only(["third", "first"]).actions] == ["first", "third"]


def test_an_unknown_name_is_a_usage_error_with_the_nearest_known_one() -> None:
    whole = plan(entries({"name": "openjourney"}), {}, RECIPE)
    with pytest.raises(UnknownNameError, match="did you mean 'openjourney'") as caught:
        whole.only(["open-journey"])
    assert caught.value.exit_code is ExitCode.USAGE


def test_the_work_and_the_refusals_can_be_asked_for() -> None:
    whole = plan(entries({"name": "first"}, {"name": "second", "clip_skip": 1}), {}, RECIPE)
    assert [convert.name for convert in whole.converts] == ["first"]
    assert [refusal.name for refusal in whole.refusals] == ["second"]
    assert Plan(RECIPE, ()).converts == ()


def test_a_yanked_entry_yanks_every_release_of_its_name_and_is_not_converted() -> None:
    (old,) = entries({"name": "first"})
    (new,) = entries({"name": "first", "license": "mit", "yanked": "Wrong VAE."})
    actions = plan([new], {"first": [release(old, 2), release(old, 1)]}, RECIPE + 1, force=True).actions
    assert actions == (Yank("first", (1, 2), "Wrong VAE."), Keep("first", 2, "yanked: Wrong VAE."))


def test_only_releases_without_the_mark_or_with_another_reason_are_yanked() -> None:
    (entry,) = entries({"name": "first", "yanked": "New reason."})
    releases = [release(entry, 1, yanked="New reason."), release(entry, 2, yanked="Old reason."), release(entry, 3)]
    yank, _ = plan([entry], {"first": releases}, RECIPE).actions
    assert yank == Yank("first", (2, 3), "New reason.")


def test_a_yanked_entry_that_is_marked_already_is_kept() -> None:
    (entry,) = entries({"name": "first", "yanked": "Wrong VAE."})
    assert plan_for(entry, release(entry, 1, yanked="Wrong VAE.")) == Keep("first", 1, "yanked: Wrong VAE.")


def test_a_yanked_entry_without_a_release_is_withheld_even_if_it_could_not_be_built() -> None:
    (entry,) = entries({"name": "first", "opset": 14, "yanked": "No licence."})
    assert plan_for(entry) == Withhold("first", "yanked: No licence.")


def test_an_entry_that_is_no_longer_yanked_takes_the_marks_off_and_is_planned_as_any_other() -> None:
    (entry,) = entries({"name": "first"})
    releases = [release(entry, 1, yanked="Wrong VAE."), release(entry, 2, yanked="Wrong VAE.")]
    assert plan([entry], {"first": releases}, RECIPE).actions == (Unyank("first", (1, 2)), Keep("first", 2))


def test_a_name_that_is_listed_as_retired_is_kept_and_one_that_comes_back_is_taken_off_the_list() -> None:
    first, gone = entries({"name": "first"}, {"name": "gone"})
    published = {"first": [release(first)], "gone": [release(gone, 3)]}
    actions = plan([first], published, RECIPE, retired=["first", "gone"]).actions
    assert actions == (Unretire("first", 1), Keep("first", 1), Keep("gone", 3, "retired"))


def test_the_marks_can_be_asked_for() -> None:
    first, second, gone = entries({"name": "first", "yanked": "Broken."}, {"name": "second"}, {"name": "gone"})
    whole = plan([first, second], {"first": [release(first)], "gone": [release(gone)]}, RECIPE)
    assert whole.marks == (Yank("first", (1,), "Broken."), Retire("gone", 1))
    assert [convert.name for convert in whole.converts] == ["second"]
    assert whole.only(["gone"]).marks == (Retire("gone", 1),)
