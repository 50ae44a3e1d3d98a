import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.plan import Convert, Keep, Plan
from converter.registry import MOST_MINUTES, parse_registry
from converter.review import MINUTES_LIMIT
from converter.workflow import MAX_NAMES, TooManyRunnersError, as_matrix, waiting

(ENTRY,) = parse_registry('{"diffusion": [["openjourney", "org/model"]]}', "r.json").entries
ANY = ["self-hosted", "gpu"]


def plan_of(count: int) -> Plan:
    return Plan(1, tuple(Convert(f"model-{index}", 1, ENTRY, "new") for index in range(count)))


def convert(name: str, **fields: object) -> Convert:
    text = json.dumps({"diffusion": [{"name": name, "source": "org/model", **fields}]})
    (entry,) = parse_registry(text, "r.json").require_valid().entries
    return Convert(name, 1, entry, "new")


def jobs_of(plan: Plan, max_jobs: int = 256) -> list[dict[str, object]]:
    value = json.loads(json.dumps(as_matrix(plan, max_jobs)))
    assert list(value) == ["include"]
    return list(value["include"])


def whole_matrix(plan: Plan, max_jobs: int) -> list[dict[str, object]]:
    """The jobs if one could have any number of names."""
    return list(json.loads(json.dumps(as_matrix(plan, max_jobs, max_names=1000)))["include"])


def names_in(job: Mapping[str, object]) -> list[str]:
    return str(job["names"]).split()


def test_each_entry_to_convert_is_a_job() -> None:
    plan = Plan(1, (Convert("first", 1, ENTRY, "new"), Keep("kept", 1), Convert("second", 3, ENTRY, "forced")))
    assert jobs_of(plan) == [
        {"name": "first", "names": "first", "runs_on": ANY, "minutes": 350},
        {"name": "second", "names": "second", "runs_on": ANY, "minutes": 350},
    ]


def test_without_work_there_is_no_job() -> None:
    assert jobs_of(Plan(1, (Keep("kept", 1),))) == []


def test_more_entries_than_jobs_are_put_together() -> None:
    jobs = jobs_of(plan_of(257))
    assert len(jobs) == 256
    assert jobs[0] == {
        "name": "model-0 and 1 more",
        "names": "model-0 model-1",
        "runs_on": ANY,
        "minutes": 2 * MINUTES_LIMIT,
    }
    assert jobs[1] == {"name": "model-2", "names": "model-2", "runs_on": ANY, "minutes": MINUTES_LIMIT}


def test_an_entry_runs_where_it_says_and_as_long_as_it_says() -> None:
    own = convert("own", runner="gpu-large", limits={"minutes": 600})
    brief = convert("brief", limits={"minutes": 30, "disk_gb": 5})
    small = convert("small", limits={"disk_gb": 5})

    assert [(job["runs_on"], job["minutes"]) for job in jobs_of(Plan(1, (own, brief, small)))] == [
        (["self-hosted", "gpu-large"], 600),
        (ANY, 30),
        (ANY, MINUTES_LIMIT),
    ]


def test_entries_of_different_runners_are_never_in_one_job() -> None:
    plan = Plan(1, tuple(convert(f"m{n}", **({"runner": "large"} if n % 2 else {})) for n in range(6)))

    jobs = jobs_of(plan, 2)

    assert [(job["runs_on"], job["names"]) for job in jobs] == [
        (ANY, "m0 m2 m4"),
        (["self-hosted", "large"], "m1 m3 m5"),
    ]


def test_the_minutes_of_a_job_are_those_of_its_entries_and_no_more_than_github_lets_a_job_have() -> None:
    long = [convert(f"m{n}", limits={"minutes": 3000}) for n in range(3)]

    (two,), (three,) = jobs_of(Plan(1, tuple(long[:2])), 1), jobs_of(Plan(1, tuple(long)), 1)

    assert (two["minutes"], three["minutes"]) == (6000, MOST_MINUTES)


@settings(deadline=None)  # other work may hold the machine up
@given(st.integers(0, 1000), st.integers(1, 256))
def test_no_name_is_lost_or_repeated_and_jobs_differ_by_at_most_one(count: int, max_jobs: int) -> None:
    jobs = whole_matrix(plan_of(count), max_jobs)
    groups = [names_in(job) for job in jobs]
    assert [name for group in groups for name in group] == [f"model-{index}" for index in range(count)]
    assert len(jobs) == min(count, max_jobs)
    sizes = {len(group) for group in groups} or {0}
    assert max(sizes) - min(sizes) <= 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([None, "large", "small"]), max_size=60), st.integers(3, 30))
def test_with_several_runners_the_same_holds_for_each(labels: list[str | None], max_jobs: int) -> None:
    wanted = {f"m{n}": label or "gpu" for n, label in enumerate(labels)}
    plan = Plan(1, tuple(convert(f"m{n}", **({"runner": r} if r else {})) for n, r in enumerate(labels)))

    jobs = whole_matrix(plan, max_jobs)

    assert len(jobs) == min(len(labels), max_jobs)
    assert sorted(name for job in jobs for name in names_in(job)) == sorted(wanted)
    for job in jobs:
        assert [["self-hosted", wanted[name]] for name in names_in(job)] == [job["runs_on"]] * len(names_in(job))
    for label in {*wanted.values()}:
        sizes = [len(names_in(job)) for job in jobs if job["runs_on"] == ["self-hosted", label]]
        assert max(sizes) - min(sizes) <= 1


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 300), st.integers(1, 40))
def test_a_job_has_so_many_names_at_most_and_the_rest_waits_for_the_next_run(count: int, max_jobs: int) -> None:
    plan = plan_of(count)
    groups = [names_in(job) for job in jobs_of(plan, max_jobs)]
    names = [name for group in groups for name in group]

    assert len(names) == len({*names}) == min(count, max_jobs * MAX_NAMES)
    assert {*names} <= {convert.name for convert in plan.converts}
    assert waiting(plan, max_jobs) == count - len(names)
    assert all(len(group) <= MAX_NAMES for group in groups)


def test_ten_thousand_entries_are_done_in_five_runs() -> None:
    left, runs = plan_of(10_000), 0
    while left.converts:
        done = {name for job in jobs_of(left) for name in names_in(job)}
        left, runs = Plan(1, tuple(each for each in left.actions if each.name not in done)), runs + 1

    assert runs == 5


def test_what_a_job_may_take_by_default_is_what_github_lets_a_job_have() -> None:
    (job,) = jobs_of(plan_of(MAX_NAMES), 1)

    assert job["minutes"] == MAX_NAMES * MINUTES_LIMIT <= MOST_MINUTES


def test_more_runners_than_jobs_are_refused() -> None:
    plan = Plan(1, tuple(convert(f"m{n}", runner=f"r{n}") for n in range(3)))

    with pytest.raises(TooManyRunnersError, match="name 3 runners, a matrix has at most 2 jobs"):
        as_matrix(plan, 2)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        as_matrix(plan_of(1), 0)
