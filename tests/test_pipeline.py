"""The conductor: from a registry to published releases, on each kind of hub."""

import json
from pathlib import Path

import pytest

from converter.comparison import plan_of
from converter.errors import ExitCode
from converter.hub import Store, open_hub, parse_hub, read_published
from converter.outcomes import Failed, Made, Outcome, Released, exit_code_of
from converter.pipeline import convert_planned, publish_folders, release_planned, verify_release
from converter.plan import UnknownNameError
from converter.registry import Registry
from converter.workshop import Workshop
from tests.support.loopback_hub import LoopbackHub
from tests.support.registries import registry_of
from tests.support.release_folders import copied, flipped, reissued
from tests.support.tiny_release import contents_of


@pytest.fixture(params=["file", "hub, LFS", "hub, Xet"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty hub of each kind."""
    if request.param == "file":
        return open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    hub: LoopbackHub = request.getfixturevalue("loopback_hub_xet" if "Xet" in request.param else "loopback_hub")
    return open_hub(parse_hub("hf:acme/zoo"), endpoint=hub.endpoint, token=hub.token, root=None)


@pytest.fixture
def folder_store(tmp_path: Path) -> Store:
    return open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)


@pytest.fixture
def registry(pico_asked: dict[str, object]) -> Registry:
    return registry_of(pico_asked)


@pytest.fixture
def ready(workshop: Workshop, pico_release: Path) -> Workshop:
    """A workshop whose build folder has the tiny model from an earlier run, so that only publishing is left."""
    copied(pico_release, workshop.build / "pico.v1")
    return workshop


def _release(registry: Registry, workshop: Workshop, store: Store) -> list[Outcome]:
    return list(release_planned(plan_of(registry, store), workshop, store))


def test_the_first_release_is_published_and_the_second_run_does_nothing(
    registry: Registry, ready: Workshop, store: Store, pico_release: Path
) -> None:
    (first,) = _release(registry, ready, store)
    assert isinstance(first, Released)
    assert (first.tag, first.already) == ("pico.v1", False)
    assert {file.path for file in store.files("pico.v1")} == set(contents_of(pico_release))
    index = store.read_index()
    assert _release(registry, ready, store) == []
    assert store.read_index() == index


def test_what_is_published_verifies_by_name_and_by_tag(registry: Registry, ready: Workshop, store: Store) -> None:
    _release(registry, ready, store)
    assert verify_release("pico", store).manifest.tag == verify_release("pico.v1", store).manifest.tag == "pico.v1"


def test_the_folder_goes_once_its_release_is_published(registry: Registry, ready: Workshop, store: Store) -> None:
    _release(registry, ready, store)
    assert list(ready.build.iterdir()) == []


def test_a_folder_that_is_published_stays(ready: Workshop, store: Store, pico_release: Path) -> None:
    (outcome,) = publish_folders([ready.build / "pico.v1"], store)
    assert isinstance(outcome, Released)
    assert contents_of(ready.build / "pico.v1") == contents_of(pico_release)


def test_publishing_a_folder_twice_says_that_it_was_there(ready: Workshop, store: Store) -> None:
    first, second = publish_folders([ready.build / "pico.v1"] * 2, store)
    assert isinstance(first, Released)
    assert isinstance(second, Released)
    assert (first.already, second.already) == (False, True)
    assert second.commit == first.commit


def test_one_changed_entry_is_released_as_the_next_version_and_the_other_is_left_alone(
    pico_asked: dict[str, object], ready: Workshop, pico_release: Path, folder_store: Store, tmp_path: Path
) -> None:
    other = {**pico_asked, "name": "other"}
    _release(registry_of(pico_asked), ready, folder_store)
    _release(registry_of(pico_asked, other), ready, folder_store)
    before = contents_of(tmp_path / "hub/pico.v1"), contents_of(tmp_path / "hub/other.v1")
    (outcome,) = _release(registry_of({**pico_asked, "license": "apache-2.0"}, other), ready, folder_store)
    assert isinstance(outcome, Released)
    assert outcome.tag == "pico.v2"
    assert (contents_of(tmp_path / "hub/pico.v1"), contents_of(tmp_path / "hub/other.v1")) == before
    rows = {row.tag: row.license for row in read_published(folder_store).index.rows}
    assert rows == {"other.v1": "mit", "pico.v1": "mit", "pico.v2": "apache-2.0"}
    assert json.loads((tmp_path / "hub/main/index.json").read_bytes())["releases"][2]["commit"] == outcome.commit


def test_an_entry_that_fails_or_is_refused_does_not_stop_the_others_and_fails_the_run(
    pico_asked: dict[str, object], ready: Workshop, folder_store: Store
) -> None:
    missing = {"name": "missing", "source": "./models/none.safetensors"}
    refused = {**pico_asked, "name": "refused", "opset": 14}
    outcomes = _release(registry_of(missing, refused, pico_asked), ready, folder_store)
    kinds = {outcome.name: type(outcome) for outcome in outcomes}
    assert kinds == {"missing": Failed, "refused": Failed, "pico": Released}
    assert exit_code_of(outcomes) == ExitCode.FAILED
    assert set(folder_store.tags()) == {"pico.v1"}


def test_a_refusal_says_its_line_and_what_is_not_built(
    pico_asked: dict[str, object], workshop: Workshop, folder_store: Store
) -> None:
    (refused,) = _release(registry_of({**pico_asked, "clip_skip": 2}), workshop, folder_store)
    assert refused == Failed(
        "pico", "line 3: `clip_skip: 2` is not built yet; this version builds entries without it", ExitCode.FAILED
    )


def test_converting_publishes_nothing(registry: Registry, ready: Workshop, folder_store: Store) -> None:
    (made,) = convert_planned(plan_of(registry, folder_store), ready)
    assert isinstance(made, Made)
    assert made.reused
    assert not folder_store.tags()


def test_what_took_the_time_of_a_conversion_is_said_stage_by_stage(
    registry: Registry, workshop: Workshop, folder_store: Store
) -> None:
    (made,) = convert_planned(plan_of(registry, folder_store), workshop, parity=False)
    assert isinstance(made, Made)
    assert {f"{part}: streaming weights" for part in ("text_encoder", "unet", "vae_decoder")} < made.stages.keys()
    assert 0 < sum(made.stages.values()) <= made.seconds + 0.01


def test_a_release_of_other_content_under_the_tag_is_for_a_person(ready: Workshop, store: Store) -> None:
    list(publish_folders([ready.build / "pico.v1"], store))
    tags, index = dict(store.tags()), store.read_index()
    reissued(ready.build / "pico.v1", {"notes.txt": b"other content"})
    (outcome,) = publish_folders([ready.build / "pico.v1"], store)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == ExitCode.PERSON
    assert "a published tag is never moved" in outcome.error
    assert (store.tags(), store.read_index()) == (tags, index)


def test_a_damaged_folder_is_not_published(ready: Workshop, folder_store: Store) -> None:
    flipped(ready.build / "pico.v1/unet/weights.pb")
    (outcome,) = publish_folders([ready.build / "pico.v1"], folder_store)
    assert isinstance(outcome, Failed)
    assert "unet/weights.pb: its bytes do not have the digest" in outcome.error
    assert not folder_store.tags()


def test_a_folder_that_is_none_fails_and_the_next_is_published(ready: Workshop, folder_store: Store) -> None:
    outcomes = list(publish_folders([ready.build / "nowhere", ready.build / "pico.v1"], folder_store))
    assert [type(outcome) for outcome in outcomes] == [Failed, Released]


def test_a_disk_that_refuses_is_an_outcome_and_not_a_crash(
    registry: Registry, workshop: Workshop, folder_store: Store
) -> None:
    workshop.build.write_text("a file where the folder has to be")
    (outcome,) = convert_planned(plan_of(registry, folder_store), workshop, parity=False)
    assert isinstance(outcome, Failed)
    assert str(workshop.build) in outcome.error


def test_an_unknown_name_is_a_usage_error(registry: Registry, folder_store: Store) -> None:
    with pytest.raises(UnknownNameError, match="'pica' is neither in the registry nor published; did you mean 'pico'"):
        plan_of(registry, folder_store, ["pica"])
