"""`validate.yml`, executed: a good pull request, one with ten mistakes, a hostile one, one that changes the code."""

from pathlib import Path

import pytest

from tests.support.hostile_text import HOSTILE, require_tame
from tests.support.loopback_hub import LoopbackHub
from tests.support.workflow_runner import Ran
from tests.support.zoo_workflows import Zoo

_TEN = Path(__file__).parents[1] / "registry/data/ten_mistakes.json"
_ASKED = {"name": "good", "source": "huggingface://acme/pico", "license": "mit"}


@pytest.fixture
def zoo(loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path, cache: Path) -> Zoo:
    files = {path.relative_to(pico_folder).as_posix(): path for path in pico_folder.rglob("*") if path.is_file()}
    loopback_hub.seed_repo("acme/pico", files)
    return Zoo(tmp_path / "zoo", loopback_hub, cache)


def _conclusions(ran: Ran) -> dict[str, str]:
    return {job.id: job.conclusion for job in ran.jobs}


def _assert_harmless(ran: Ran) -> None:
    """No secret was there, no token could be had, and the runner obeyed nothing but annotations."""
    for job in ran.jobs:
        assert set(job.permissions.values()) <= {"read"}
        for step in job.steps:
            assert set(step.commands) <= {"error", "warning", "notice"}
            assert "ACTIONS_ID_TOKEN_REQUEST_TOKEN" not in step.environment_names
            assert "GITHUB_TOKEN" not in step.environment_names


def test_a_good_request_is_green_and_says_what_it_releases(zoo: Zoo) -> None:
    zoo.propose({"diffusion": [_ASKED]})

    ran = zoo.pull_request()

    review = ran.job("review")
    assert _conclusions(ran) == {"review": "success", "code": "skipped", "gate": "success"}, review.log
    assert "**This can be merged.**" in review.summary
    assert "| `good.v1` | `new` |" in review.summary
    assert "Stable Diffusion 1.x" in review.summary
    assert '"revision": "' in review.summary  # the line that pins it
    assert not any(each.level == "error" for each in review.annotations)
    _assert_harmless(ran)
    require_tame(review.summary)


def test_ten_mistakes_are_ten_errors_at_their_lines(zoo: Zoo) -> None:
    zoo.propose(_TEN.read_text())

    ran = zoo.pull_request()

    review = ran.job("review")
    assert _conclusions(ran) == {"review": "failure", "code": "skipped", "gate": "failure"}
    errors = [each for each in review.annotations if each.level == "error"]
    assert [each.line for each in errors] == [3, 4, 5, 6, 7, 8, 9, 13, 15, 17]
    assert {each.file for each in errors} == {"registry/extras.json"}
    assert "**Something must be corrected first.**" in review.summary
    _assert_harmless(ran)


def test_a_hostile_request_runs_nothing_and_is_named(zoo: Zoo) -> None:
    canary = zoo.folder / "canary"
    names = [f"$(touch {canary})", f"`touch {canary}`", "../../etc", "gооd", *HOSTILE]
    entries = [{"name": name, "source": "acme/pico", "license": name, "description": name} for name in names]
    zoo.propose({"diffusion": [_ASKED, *entries]}, {".github/workflows/validate.yml": "on: push\njobs: {}\n"})

    ran = zoo.pull_request()

    review = ran.job("review")
    assert _conclusions(ran) == {"review": "failure", "code": "success", "gate": "failure"}, review.log
    assert not canary.exists()
    assert dict(review.outputs) == {"code": "true"}
    assert "CYRILLIC" in review.summary
    _assert_harmless(ran)
    require_tame(review.summary)
    assert zoo.hub.minted_tokens == ()


def test_a_change_of_the_code_beside_the_registry_asks_a_person_and_the_code_is_tested(zoo: Zoo) -> None:
    zoo.propose({"diffusion": [_ASKED]}, {"converter/x.py": "X = 1\n"})

    ran = zoo.pull_request()

    assert _conclusions(ran) == {"review": "failure", "code": "success", "gate": "failure"}
    assert "**A maintainer must decide.**" in ran.job("review").summary
    assert "the tests of this request ran" in ran.job("code").log


def test_a_change_of_the_code_alone_is_green_when_its_tests_are(zoo: Zoo) -> None:
    zoo.propose({"diffusion": []}, {"converter/x.py": "X = 1\n"})
    ran = zoo.pull_request()
    assert _conclusions(ran) == {"review": "success", "code": "success", "gate": "success"}, ran.job("review").log


def test_the_gate_is_red_when_the_tests_of_the_code_are(zoo: Zoo) -> None:
    zoo.propose({"diffusion": []}, {".ci/run": "#!/usr/bin/env bash\nexit 1\n"})
    ran = zoo.pull_request()
    assert _conclusions(ran) == {"review": "success", "code": "failure", "gate": "failure"}


def test_the_code_that_judges_is_that_of_the_base_branch(zoo: Zoo) -> None:
    judge = "#!/usr/bin/env bash\necho 'everything is fine'\n"
    zoo.propose(_TEN.read_text(), {"scripts/registry": judge})
    ran = zoo.pull_request()
    assert ran.job("review").conclusion == "failure"
    assert "everything is fine" not in ran.job("review").log
