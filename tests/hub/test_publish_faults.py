"""Every request of a publication goes wrong once: the hub ends as if none had.

`python -m tests.bench.publish_faults` does the same to the next release and to a yank, by Git LFS and by Xet.
"""

from pathlib import Path

import pytest

from tests.support.loopback_hub import Answer, Drop
from tests.support.publish_faults import EFFECTS, FIRST, YANK, Scenario, cases_of, record, run_case

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("scenario", "xet", "effects"),
    [(FIRST, False, EFFECTS), (FIRST, True, [Drop()]), (YANK, False, [Answer(500)])],
    ids=["the first release, Git LFS", "the first release, Xet", "a yank"],
)
def test_whichever_request_goes_wrong_the_end_state_is_that_of_the_clean_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scenario: Scenario, effects: list[Answer | Drop], *, xet: bool
) -> None:
    recorded = record(scenario, tmp_path / "clean", xet=xet)
    cases, reruns = list(cases_of(recorded, effects)), 0

    for number, case in enumerate(cases):
        state, runs = run_case(scenario, case, tmp_path / str(number), xet=xet)
        assert state == recorded.state, str(case)
        reruns += runs - 1

    assert len(cases) == 2 * len(effects) * len(recorded.requests) >= 2 * 16
    assert sum(request.startswith("POST") for request in recorded.requests) >= 6
    assert reruns > 0, "no fault ended a run, so nothing was tested that the client does not mend itself"
    with capsys.disabled():
        print(f"\n{scenario.name}, {'Xet' if xet else 'Git LFS'}: {len(cases)} cases, {reruns} of them took a rerun")


def test_the_clean_run_is_one_release_in_one_commit_and_one_index(tmp_path: Path) -> None:
    state = record(FIRST, tmp_path, xet=False).state

    assert list(state.tags) == ["pico.v1"]
    assert state.branches["pico"] == state.tags["pico.v1"]
    assert len(state.commits) == 3  # the repository's first, the release, the index
    assert {"index.json", "ledger.json", "README.md"} < set(state.trees["main"])
    assert {"unet/weights.pb", "vae/weights.pb", "SHA256SUMS"} < set(state.trees["pico.v1"])
