"""Pieces of work at the same time: in order, reported one after the other, and ended together."""

import threading
from collections.abc import Callable

import pytest

from converter.progress import Progress, Report, silent
from converter.together import together

WAIT_S = 20


def step(task: str, done: int) -> Progress:
    return Progress(task, done, 2, "bytes")


def test_results_are_in_the_order_of_the_calls_whichever_is_done_first() -> None:
    second_done = threading.Event()

    def first(_: Report) -> str:
        assert second_done.wait(WAIT_S)
        return "first"

    def second(_: Report) -> str:
        second_done.set()
        return "second"

    assert together([first, second], 2, silent) == ["first", "second"]


def test_no_more_run_at_the_same_time_than_are_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()
    two = threading.Barrier(2, timeout=WAIT_S)

    def call(_: Report) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        two.wait()
        with lock:
            running -= 1

    together([call] * 6, 2, silent)
    assert most == 2


def test_only_the_first_that_is_not_done_is_heard_and_then_where_the_next_one_is() -> None:
    heard: list[Progress] = []
    second_done = threading.Event()

    def first(report: Report) -> None:
        report(step("first", 1))
        assert second_done.wait(WAIT_S)
        report(step("first", 2))

    def second(report: Report) -> None:
        report(step("second", 1))
        report(step("second", 2))
        second_done.set()

    together([first, second], 2, heard.append)
    assert heard == [step("first", 1), step("first", 2), step("second", 2)]


@pytest.mark.parametrize("first", ["failing", "endless"])
def test_an_error_comes_out_at_once_and_the_others_end(first: str) -> None:
    ended: list[str] = []
    both = threading.Barrier(2, timeout=WAIT_S)

    def endless(report: Report) -> None:
        both.wait()
        try:
            while True:
                report(step("endless", 1))
        finally:
            ended.append("endless")

    def failing(_: Report) -> None:
        both.wait()
        raise ValueError("failing")

    before = threading.active_count()
    with pytest.raises(ValueError, match="failing"):
        together([failing, endless] if first == "failing" else [endless, failing], 2, silent)
    assert ended == ["endless"]
    assert threading.active_count() == before


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_has_not_begun_when_another_fails_never_does(at_once: int) -> None:
    begun: list[int] = []

    def failing(_: Report) -> None:
        raise ValueError("at once")

    def later(number: int) -> Callable[[Report], None]:
        def call(report: Report) -> None:
            begun.append(number)
            for _ in range(1000):
                report(step("later", 1))

        return call

    with pytest.raises(ValueError, match="at once"):
        together([failing, *map(later, range(50))], at_once, silent)
    assert len(begun) < 50


def test_an_interrupt_ends_all_of_them() -> None:
    ended: list[int] = []

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    both = threading.Barrier(2, timeout=WAIT_S)

    def call(report: Report) -> None:
        both.wait()
        try:
            while True:
                report(step("call", 1))
        finally:
            ended.append(1)

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        together([call, call], 2, interrupt)
    assert ended == [1, 1]
    assert threading.active_count() == before
