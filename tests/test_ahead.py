import threading
from collections.abc import Callable

import pytest

from converter.ahead import core_left_free, made_ahead


def _calls(sizes: list[int]) -> list[Callable[[], int]]:
    return [lambda size=size: size for size in sizes]


def _size(result: int) -> int:
    return result


def test_results_come_in_the_order_of_the_calls() -> None:
    assert list(made_ahead(_calls([3, 1, 2, 0] * 50), _size, budget_bytes=4)) == [3, 1, 2, 0] * 50


def test_nothing_to_do_gives_nothing() -> None:
    assert list(made_ahead([], _size, budget_bytes=4)) == []


def test_the_next_call_runs_while_a_result_is_used() -> None:
    begun = threading.Event()

    def second() -> int:
        begun.set()
        return 1

    results = made_ahead([lambda: 1, second], _size, budget_bytes=10)

    next(results)
    assert begun.wait(timeout=10)
    assert list(results) == [1]


def test_never_are_more_bytes_in_memory_than_the_budget_and_one_result() -> None:
    made: list[int] = []
    results = made_ahead([lambda number=number: made.append(number) or 10 for number in range(40)], _size, 30)

    for used, _ in enumerate(results):
        # What was used before has gone; this one and those ahead are in memory.
        assert len(made) - used <= 4


def test_a_result_that_takes_nothing_leaves_room_for_others() -> None:
    both = threading.Barrier(2, timeout=10)
    results = made_ahead([lambda: 0, lambda: 0, lambda: both.wait() * 0], _size, budget_bytes=1)

    next(results)
    both.wait()
    assert list(results) == [0, 0]


def test_an_error_is_raised_where_the_result_would_have_been() -> None:
    def wrong() -> int:
        raise ValueError("this one")

    results = made_ahead([lambda: 1, wrong, lambda: 3], _size, budget_bytes=10)

    assert next(results) == 1
    with pytest.raises(ValueError, match="this one"):
        next(results)


def test_closing_early_leaves_no_thread_even_if_one_waits_for_room() -> None:
    before = threading.active_count()
    results = made_ahead(_calls([5] * 100), _size, budget_bytes=5)

    next(results)
    results.close()

    assert threading.active_count() == before


def test_products_of_matrices_leave_a_core_free_and_get_it_back() -> None:
    import numpy as np
    import threadpoolctl

    np.ones((2, 2)) @ np.ones((2, 2))

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"}

    before = threads()
    with core_left_free():
        inside = threads()
    assert all(count >= 1 for count in inside)
    assert max(inside) <= max(1, max(before) - 1) or max(before) == 1
    assert threads() == before


def test_inside_of_one_another_changes_nothing_in_any_thread() -> None:
    import numpy as np
    import threadpoolctl

    np.ones((2, 2)) @ np.ones((2, 2))

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"}

    def other() -> None:
        with core_left_free():
            pass

    before = threads()
    with core_left_free():
        limited = threads()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
        assert threads() == limited
    assert threads() == before
