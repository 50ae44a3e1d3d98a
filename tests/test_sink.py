"""A thread that takes chunks: all of them, in order, and what goes wrong comes out."""

import threading

import pytest

from converter.sink import Sink

WAIT_S = 20
CHUNKS = [memoryview(bytes([number])) for number in range(100)]


def test_every_chunk_is_taken_in_order_before_the_context_ends() -> None:
    taken: list[bytes] = []
    with Sink(lambda chunk: taken.append(bytes(chunk))) as sink:
        for chunk in CHUNKS:
            sink.put(chunk)
    assert taken == [bytes(chunk) for chunk in CHUNKS]


def test_only_a_few_chunks_wait() -> None:
    go, put = threading.Event(), list[int]()
    with Sink(lambda _: go.wait(WAIT_S)) as sink:

        def fill() -> None:
            for number, chunk in enumerate(CHUNKS[:20]):
                sink.put(chunk)
                put.append(number)

        filling = threading.Thread(target=fill)
        filling.start()
        filling.join(0.2)
        assert len(put) <= 5  # four that wait, and the one that is being taken
        go.set()
        filling.join(WAIT_S)
    assert len(put) == 20


@pytest.mark.parametrize("at", [0, 50, 99], ids=["the first", "in the middle", "the last"])
def test_an_error_of_taking_comes_out_and_nothing_is_taken_after_it(at: int) -> None:
    taken: list[int] = []

    def take(chunk: memoryview) -> None:
        if chunk[0] == at:
            raise OSError("the disk is full")
        taken.append(chunk[0])

    def put_all() -> None:
        with Sink(take) as sink:
            for chunk in CHUNKS:
                sink.put(chunk)

    before = threading.active_count()
    with pytest.raises(OSError, match="the disk is full"):
        put_all()
    assert taken == list(range(at))
    assert threading.active_count() == before


def test_an_error_of_who_puts_is_the_one_that_comes_out() -> None:
    def take(_: memoryview) -> None:
        raise OSError("the disk is full")

    def put_and_fail() -> None:
        with Sink(take) as sink:
            sink.put(CHUNKS[0])
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        put_and_fail()
