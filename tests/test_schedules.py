"""Release runs with failing, slow and vanishing runners end with every entry released once.

`test_schedules_defects` shows what would be seen; a thousand schedules: `python -m tests.bench.random_schedules`.
"""

from tests.support.schedules import Concurrency, Settings, simulate, workflow_file

_FILE = workflow_file()
_SMALL = Settings(_FILE, entries=(4, 8), max_jobs=(2, 256))


def test_the_workflow_lets_runs_wait_for_each_other_and_none_is_dropped() -> None:
    assert _FILE.concurrency == Concurrency(waits=True, queues=True)


def test_random_schedules_lose_no_release_and_convert_none_twice() -> None:
    verdicts = [simulate(seed, _SMALL) for seed in range(20)]

    assert [verdict for verdict in verdicts if not verdict.holds] == []
    became = {what for verdict in verdicts for what in verdict.became}
    assert became >= {"published", "the runner vanished", "the entry failed", "the job took too long"}
    assert sum(verdict.runs for verdict in verdicts) > 2 * len(verdicts)


def test_the_same_seed_is_the_same_schedule() -> None:
    assert simulate(3, _SMALL) == simulate(3, _SMALL)
