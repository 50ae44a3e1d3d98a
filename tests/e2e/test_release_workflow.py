"""`release.yml`, executed: plan, a leg for each entry, convert, publish without a stored token, catalogue."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.loopback_hub import LoopbackHub
from tests.support.workflow_runner import Job, Ran
from tests.support.zoo_workflows import HUB_REPOSITORY, Zoo

pytestmark = pytest.mark.slow

_FIRST = {"name": "first", "source": "huggingface://acme/pico", "license": "mit"}
_SECOND = {"name": "second", "source": "huggingface://acme/pico", "license": "mit", "label": "The second"}
_BROKEN = {"name": "broken", "source": "huggingface://acme/broken", "license": "mit"}


@pytest.fixture
def zoo(loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path, cache: Path) -> Zoo:
    """A zoo whose Hub has one good model, and one with half of its UNet."""
    files = {path.relative_to(pico_folder).as_posix(): path for path in pico_folder.rglob("*") if path.is_file()}
    loopback_hub.seed_repo("acme/pico", files)
    half = files["unet/diffusion_pytorch_model.safetensors"].read_bytes()
    loopback_hub.seed_repo("acme/broken", {**files, "unet/diffusion_pytorch_model.safetensors": half[: len(half) // 2]})
    return Zoo(tmp_path / "zoo", loopback_hub, cache)


def _asks(*entries: Mapping[str, object]) -> dict[str, object]:
    return {"diffusion": list(entries)}


def _tags(zoo: Zoo) -> set[str]:
    return set(zoo.hub.repo(HUB_REPOSITORY).tags)


def _conclusions(ran: Ran) -> dict[str, str]:
    return {job.name: job.conclusion for job in ran.jobs}


def _seen(job: Job, name: str) -> set[str]:
    """The steps that saw a variable."""
    return {step.name for step in job.steps if name in step.environment_names}


def test_two_entries_are_released_then_nothing_is_left_to_do_then_one_leg_fails_alone(zoo: Zoo) -> None:
    zoo.commit(_asks(_FIRST, _SECOND))

    ran = zoo.push()

    assert _conclusions(ran) == {
        "plan": "success",
        "convert first": "success",
        "convert second": "success",
        "catalogue": "success",
    }, "\n".join(job.log for job in ran.jobs)
    assert _tags(zoo) == {"first.v1", "second.v1"}
    assert "| second |" in zoo.hub.read(HUB_REPOSITORY, "README.md").decode()
    _assert_leg_is_safe(ran.legs("convert")[0])
    _assert_attested(zoo, "first.v1", "second.v1")
    _assert_summaries(ran)

    before = dict(zoo.hub.repo(HUB_REPOSITORY).branches)
    again = zoo.push()
    assert (again.conclusion, _conclusions(again)["plan"]) == ("success", "success")
    assert {job.conclusion for job in again.jobs if job.id != "plan"} == {"skipped"}
    assert zoo.hub.repo(HUB_REPOSITORY).branches == before

    third = {**_SECOND, "name": "third"}
    zoo.commit(_asks(_FIRST, _SECOND, _BROKEN, third))
    red = zoo.push()
    assert red.conclusion == "failure"
    assert _conclusions(red) == {
        "plan": "success",
        "convert broken": "failure",
        "convert third": "success",
        "catalogue": "success",
    }
    assert _tags(zoo) == {"first.v1", "second.v1", "third.v1"}
    (leg,) = (job for job in red.legs("convert") if job.conclusion == "failure")
    assert any(each.level == "error" and each.title == "broken" for each in leg.annotations)
    assert leg.step("Verify and publish").conclusion == "skipped"

    zoo.commit(_asks(_FIRST, _SECOND, {**_BROKEN, "source": "huggingface://acme/pico"}, third))
    mended = zoo.push()
    assert _conclusions(mended) == {"plan": "success", "convert broken": "success", "catalogue": "success"}
    assert _tags(zoo) == {"first.v1", "second.v1", "third.v1", "broken.v1"}


def _assert_leg_is_safe(leg: Job) -> None:
    assert leg.runs_on == ("self-hosted", "gpu")
    assert leg.environment == "release"
    assert dict(leg.permissions) == {"contents": "read", "id-token": "write", "attestations": "write"}
    assert _seen(leg, "HF_TOKEN") == {"Fetch", "Verify and publish"}
    assert "isolated: no credentials" in leg.step("Convert, without credentials and network").log


def _assert_attested(zoo: Zoo, *tags: str) -> None:
    sums = [hashlib.sha256(zoo.hub.read(HUB_REPOSITORY, "SHA256SUMS", tag)).hexdigest() for tag in tags]
    assert sorted(zoo.attestations) == sorted(sums)


def _assert_summaries(ran: Ran) -> None:
    assert "2 to convert" in ran.job("plan").summary
    summary = ran.legs("convert")[0].summary
    # Without the time by stage, which a fast machine leaves out: what takes no twentieth of a second is not shown.
    for said in ("## Fetch", "## Convert", "parity with PyTorch", "## Publish", "/tree/first.v1"):
        assert said in summary


def test_a_refused_entry_makes_the_run_red_and_its_sibling_is_released(zoo: Zoo) -> None:
    zoo.commit(_asks({**_FIRST, "name": "refused", "opset": 14}, _FIRST))
    ran = zoo.push()
    assert ran.conclusion == "failure"
    assert _conclusions(ran) == {"plan": "failure", "convert first": "success", "catalogue": "success"}
    assert _tags(zoo) == {"first.v1"}
    assert [each.title for each in ran.job("plan").annotations] == ["Cannot be converted"]


def test_what_could_not_be_attested_is_not_published(zoo: Zoo) -> None:
    zoo.commit(_asks(_FIRST))
    (zoo.folder / "attestations").mkdir()  # so that nothing can be written down
    ran = zoo.push()
    (leg,) = ran.legs("convert")
    assert (leg.step("Attest").conclusion, leg.step("Verify and publish").conclusion) == ("failure", "skipped")
    assert _tags(zoo) == set()


def test_a_dry_run_plans_and_does_nothing(zoo: Zoo) -> None:
    zoo.commit(_asks(_FIRST))
    ran = zoo.dispatch(names="first", **{"dry-run": "true"})
    assert "convert  first.v1  new" in ran.job("plan").log
    assert {job.conclusion for job in ran.jobs if job.id != "plan"} == {"skipped"}
    assert _tags(zoo) == set()


def test_only_the_names_that_were_asked_for_are_released(zoo: Zoo) -> None:
    zoo.commit(_asks(_FIRST, _SECOND))
    assert [job.name for job in zoo.dispatch(names="second").legs("convert")] == ["convert second"]
    assert _tags(zoo) == {"second.v1"}


def test_a_name_that_is_a_command_to_a_shell_is_a_name(zoo: Zoo) -> None:
    zoo.commit(_asks(_FIRST))
    canary = zoo.folder / "canary"
    ran = zoo.dispatch(names=f"$(touch {canary}) `touch {canary}` ; touch {canary} ::set-output name=count::9")
    assert ran.job("plan").conclusion == "failure"
    assert not canary.exists()
    assert all(job.conclusion == "skipped" for job in ran.jobs if job.id != "plan")


def test_a_fork_does_nothing_because_it_has_no_variable(zoo: Zoo) -> None:
    zoo.commit(_asks(_FIRST))
    ran = zoo.push(variables={})
    assert {job.conclusion for job in ran.jobs} == {"skipped"}
    assert len(zoo.hub.log.select("POST")) == 0


def test_a_push_that_changes_neither_the_registry_nor_the_recipe_starts_nothing(zoo: Zoo) -> None:
    assert zoo.push("README.md").conclusion == "not triggered"
    assert zoo.push("converter/recipe.py").conclusion != "not triggered"


def test_every_push_waits_for_its_turn(zoo: Zoo) -> None:
    assert dict(zoo.push().concurrency) == {"group": "release", "cancel-in-progress": False, "queue": "max"}
