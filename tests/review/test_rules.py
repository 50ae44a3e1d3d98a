"""The rules of a pull request, each on the line of its entry in the registry after the merge."""

import json
from collections.abc import Mapping

import pytest

from converter.errors import ExitCode
from converter.registry import Registry, parse_registry
from converter.review import (
    DOWNLOAD_LIMIT_BYTES,
    NEW_ENTRIES_LIMIT,
    Concern,
    Weight,
    changed_entries,
    download_concern,
    exit_code_of,
    review,
)

FILE = "registry/extras.json"
MIT = {"license": "mit"}


def registry(*entries: Mapping[str, object], **sections: object) -> Registry:
    raw = [{"source": f"org/{entry.get('name')}", **entry} for entry in entries]
    return parse_registry(json.dumps({"diffusion": raw, **sections}, indent=1), FILE).require_valid()


def said(concerns: tuple[Concern, ...]) -> list[tuple[str, str, int]]:
    return [(each.weight.value, each.title, each.finding.line) for each in concerns]


BASE = registry({"name": "alpha", **MIT}, {"name": "beta-model", **MIT})


def test_what_did_not_change_has_no_concern() -> None:
    assert review(BASE, BASE, ["registry/extras.json"]) == ()
    assert review(registry({"name": "alpha"}), registry({"name": "alpha"})) == ()


def test_a_good_new_entry_has_no_concern() -> None:
    head = registry({"name": "alpha", **MIT}, {"name": "beta-model", **MIT}, {"name": "gamma", **MIT})

    assert review(BASE, head) == ()
    assert [entry.name for entry in changed_entries(BASE, head).touched] == ["gamma"]


def test_the_order_and_the_form_of_entries_do_not_matter() -> None:
    head = registry({"name": "beta-model", "precision": "fp32", **MIT}, {"name": "alpha", **MIT})

    assert changed_entries(BASE, head).touched == ()


def test_a_missing_licence_fails_on_the_line_of_the_entry() -> None:
    head = registry({"name": "alpha", **MIT}, {"name": "beta-model", **MIT}, {"name": "gamma"})

    (found,) = review(BASE, head)

    assert (found.weight, found.finding.file, found.finding.line, found.finding.column) == (
        Weight.FAILURE,
        FILE,
        13,
        3,
    )
    assert found.finding.path == "$.diffusion[2]"
    assert 'add "license"' in found.finding.message


@pytest.mark.parametrize("licence", ["cc-by-nc-4.0", "other", "AGPL-3.0"])
def test_a_licence_outside_the_list_asks_for_a_person(licence: str) -> None:
    found = review(registry(), registry({"name": "alpha", "license": licence}))

    assert said(found) == [("person", "Licence not on the list", 3)]


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0", "creativeml-openrail-m", "openrail++"])
def test_capitals_of_an_allowed_licence_do_not_matter(licence: str) -> None:
    assert review(registry(), registry({"name": "alpha", "license": licence})) == ()


def test_what_is_blended_in_needs_a_licence_too() -> None:
    loras = [{"name": "l", "source": "org/l"}, {"name": "m", "source": "org/m", "license": "cc-by-nc-4.0"}]

    found = review(registry(), registry({"name": "alpha", **MIT, "loras": loras}))

    assert said(found) == [("person", "Licence missing", 8), ("person", "Licence not on the list", 12)]


def test_another_licence_for_the_same_entry_asks_for_a_person() -> None:
    found = review(registry({"name": "alpha", "license": "openrail"}), registry({"name": "alpha", **MIT}))

    assert said(found) == [("person", "Licence changed", 3)]


@pytest.mark.parametrize(("before", "after"), [(None, "bad"), ("bad", "worse"), ("bad", None)])
def test_a_yank_that_appears_changes_or_vanishes_asks_for_a_person(before: str | None, after: str | None) -> None:
    def with_yank(reason: str | None) -> Registry:
        return registry({"name": "alpha", **MIT, **({"yanked": reason} if reason else {})})

    assert said(review(with_yank(before), with_yank(after))) == [("person", "`yanked` changed", 3)]


def test_a_new_entry_that_is_yanked_and_one_that_vanishes_with_its_yank_ask_for_a_person() -> None:
    yanked = registry({"name": "alpha", **MIT, "yanked": "bad"})

    assert said(review(registry(), yanked)) == [("person", "`yanked` changed", 3)]
    assert said(review(yanked, registry())) == [("person", "`yanked` changed", 1), ("notice", "Entry removed", 1)]


def test_a_name_like_another_asks_for_a_person() -> None:
    head = registry({"name": "alpha", **MIT}, {"name": "beta-model", **MIT}, {"name": "betamodel", **MIT})

    (found,) = review(BASE, head)

    assert (found.weight, found.title, found.finding.line) == (Weight.PERSON, "Name like another", 13)
    assert "can be taken for beta-model" in found.finding.message


def test_a_name_like_one_that_is_removed_by_the_same_change_asks_for_a_person() -> None:
    found = review(BASE, registry({"name": "a1pha", **MIT, "source": "evil/alpha"}, {"name": "beta-model", **MIT}))

    assert said(found) == [("person", "Name like another", 3), ("notice", "Entry removed", 1)]


def test_two_names_that_were_alike_before_do_not_stop_others() -> None:
    alike = ({"name": "alpha", **MIT}, {"name": "alphas", **MIT})

    assert review(registry(*alike), registry(*alike, {"name": "gamma", **MIT})) == ()


def test_a_name_of_another_section_is_compared_if_it_is_a_release() -> None:
    control = {"type": "control", "name": "alphas", "source": "org/control", **MIT}
    lora = {"type": "lora", "name": "alphaz", "source": "org/lora", **MIT}

    found = review(registry({"name": "alpha", **MIT}), registry({"name": "alpha", **MIT}, networks=[control, lora]))

    assert [each.finding.path for each in found] == ["$.networks[0]"]


def test_the_same_weights_under_another_name_are_a_rename() -> None:
    head = registry({"name": "alpha", **MIT}, {"name": "delta", "source": "org/beta-model", "revision": "v2", **MIT})

    (found,) = review(BASE, head)

    assert (found.title, found.weight, found.finding.line) == ("Entry renamed", Weight.PERSON, 8)
    assert changed_entries(BASE, head).removed == ()
    assert [entry.name for entry in changed_entries(BASE, head).touched] == ["delta"]


def test_a_removed_entry_is_a_notice() -> None:
    found = review(BASE, registry({"name": "alpha", **MIT}))

    assert said(found) == [("notice", "Entry removed", 1)]
    assert exit_code_of(found) is ExitCode.DONE
    assert found[0].finding.message == "the entry 'beta-model' is removed: it is retired, its releases stay"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("org/model", "evil/model"),
        ("org/model", "https://example.com/model.safetensors"),
        ("https://a.example/m.ckpt", "https://b.example/m.ckpt"),
        ("civitai://1", "models/a.ckpt"),
    ],
)
def test_a_source_with_another_keeper_asks_for_a_person(before: str, after: str) -> None:
    old, new = (registry({"name": "alpha", "source": source, **MIT}) for source in (before, after))

    assert said(review(old, new)) == [("person", "Source moved", 3)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("org/model", "huggingface://org/other@main"),
        ("https://a.example/m.ckpt", "https://a.example/n.ckpt"),
        ("civitai://1", "civitai://2"),
    ],
)
def test_another_source_of_the_same_keeper_does_not(before: str, after: str) -> None:
    old, new = (registry({"name": "alpha", "source": source, **MIT}) for source in (before, after))

    assert review(old, new) == ()


def test_sources_of_what_is_blended_in_are_compared_by_name() -> None:
    def with_lora(source: str) -> Registry:
        return registry(
            {"name": "alpha", **MIT, "vae": source, "loras": [{"name": "l", "source": source, **MIT}]},
        )

    found = review(with_lora("org/l"), with_lora("evil/l"))

    assert [each.finding.message.partition(" moved")[0] for each in found] == ["the LoRA l", "the vae"]


def test_the_registry_together_with_anything_else_asks_for_a_person() -> None:
    paths = ["registry/extras.json", ".github/workflows/release.yml", "registry.py\n::error::x"]

    (found,) = review(BASE, BASE, paths)

    assert (found.weight, found.finding.line) == (Weight.PERSON, 1)
    assert ".github/workflows/release.yml, registry.py\\n::error::x" in found.finding.message


@pytest.mark.parametrize("paths", [[], ["registry/extras.json"], ["README.md"], ["registry/a", "registry/b/c"]])
def test_either_alone_does_not(paths: list[str]) -> None:
    assert review(BASE, BASE, paths) == ()


@pytest.mark.parametrize(("count", "asks"), [(NEW_ENTRIES_LIMIT, False), (NEW_ENTRIES_LIMIT + 1, True)])
def test_many_new_entries_ask_for_a_person(count: int, asks: bool) -> None:
    names = [f"{chr(97 + index)}{chr(98 + index)}-unlike-{index * 111}" for index in range(count)]

    found = review(registry(), registry(*({"name": name, **MIT} for name in names)))

    assert ([each.title for each in found] == ["Many new entries"]) is asks


@pytest.mark.parametrize(("size_bytes", "asks"), [(DOWNLOAD_LIMIT_BYTES, False), (DOWNLOAD_LIMIT_BYTES + 1, True)])
def test_much_to_download_asks_for_a_person(size_bytes: int, asks: bool) -> None:
    assert [each.weight for each in download_concern(FILE, size_bytes)] == [Weight.PERSON] * asks


def test_the_gravest_concern_comes_first_and_decides() -> None:
    head = registry({"name": "alpha", "license": "other"}, {"name": "gamma"})

    found = review(BASE, head)

    assert [each.weight.value for each in found] == ["failure", "person", "person", "notice"]
    assert exit_code_of(found) is ExitCode.FAILED
    assert exit_code_of(found[1:]) is ExitCode.PERSON
