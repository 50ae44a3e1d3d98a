from converter.progress import Progress
from converter.stopwatch import Stopwatch


def test_a_stage_lasts_until_the_next_begins_and_comes_back_to_its_sum() -> None:
    times = iter([0.0, 1.0, 3.0, 6.0, 10.0])
    heard: list[Progress] = []
    watch = Stopwatch(heard.append, clock=lambda: next(times))

    watch(Progress("trace", 0, 1, ""))
    watch(Progress("stream", 0, 9, "bytes"))
    watch(Progress("stream", 9, 9, "bytes"))
    watch(Progress("trace", 0, 1, ""))

    assert watch.stages() == {"starting": 1.0, "trace": 2.0 + 4.0, "stream": 3.0}
    assert [progress.task for progress in heard] == ["trace", "stream", "stream", "trace"]


def test_what_took_no_time_is_no_stage() -> None:
    assert Stopwatch(lambda _: None, clock=lambda: 5.0).stages() == {}
