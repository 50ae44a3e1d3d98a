import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.plan import Convert, Keep, Plan
from converter.registry import parse_registry
from converter.workflow import as_matrix

(ENTRY,) = parse_registry('{"diffusion": [["openjourney", "org/model"]]}', "r.json").entries


def plan_of(count: int) -> Plan:
    return Plan(1, tuple(Convert(f"model-{index}", 1, ENTRY, "new") for index in range(count)))


def jobs_of(plan: Plan, max_jobs: int = 256) -> list[dict[str, str]]:
    value = json.loads(json.dumps(as_matrix(plan, max_jobs)))
    assert list(value) == ["include"]
    return list(value["include"])


def test_each_entry_to_convert_is_a_job() -> None:
    plan = Plan(1, (Convert("first", 1, ENTRY, "new"), Keep("kept", 1), Convert("second", 3, ENTRY, "forced")))
    assert jobs_of(plan) == [{"name": "first", "names": "first"}, {"name": "second", "names": "second"}]


def test_without_work_there_is_no_job() -> None:
    assert jobs_of(Plan(1, (Keep("kept", 1),))) == []


def test_more_entries_than_jobs_are_put_together() -> None:
    jobs = jobs_of(plan_of(257))
    assert len(jobs) == 256
    assert jobs[0] == {"name": "model-0 and 1 more", "names": "model-0 model-1"}
    assert jobs[1] == {"name": "model-2", "names": "model-2"}


@settings(deadline=None)  # other work may hold the machine up
@given(st.integers(0, 1000), st.integers(1, 256))
def test_no_name_is_lost_or_repeated_and_jobs_differ_by_at_most_one(count: int, max_jobs: int) -> None:
    jobs = jobs_of(plan_of(count), max_jobs)
    groups = [job["names"].split() for job in jobs]
    assert [name for group in groups for name in group] == [f"model-{index}" for index in range(count)]
    assert len(jobs) == min(count, max_jobs)
    sizes = {len(group) for group in groups} or {0}
    assert max(sizes) - min(sizes) <= 1


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        as_matrix(plan_of(1), 0)
