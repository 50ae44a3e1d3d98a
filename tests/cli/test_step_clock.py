from converter.cli.step_clock import StepClock, peak_bytes
from converter.progress import Progress


def test_loading_does_not_count_and_steps_of_several_images_do() -> None:
    times = iter([0.0, 10.0, 12.0, 14.0, 20.0, 23.0])
    heard: list[Progress] = []
    clock = StepClock(heard.append, lambda: next(times))
    said = [
        Progress("loading", 0, 1, ""),
        Progress("image 1 of 2", 0, 2, "steps"),
        Progress("image 1 of 2", 1, 2, "steps"),
        Progress("image 1 of 2", 2, 2, "steps"),
        Progress("image 2 of 2", 0, 1, "steps"),
        Progress("image 2 of 2", 1, 1, "steps"),
    ]

    for progress in said:
        clock(progress)

    assert heard == said
    assert clock.seconds_per_step == (2 + 2 + 3) / 3


def test_without_a_step_there_is_no_time_of_one() -> None:
    assert StepClock(lambda _: None).seconds_per_step == 0.0


def test_memory_is_that_of_this_process_in_bytes() -> None:
    assert peak_bytes() > 10_000_000
