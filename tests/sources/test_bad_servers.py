"""Servers that are busy, lie or talk nonsense: asked again, or refused; nothing that is not whole is kept."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from converter.sources import SourceError, SourceUnreachable
from tests.support.range_server import Raw, Reply
from tests.support.web_downloads import Web, weights


def test_a_server_that_promises_more_than_it_has_is_unreachable_and_nothing_is_kept(web: Web) -> None:
    url = web.server.serve("/m", weights())
    web.server.files["/m"].says_bytes = 1_500_000

    with pytest.raises(SourceUnreachable, match=r"4 times; try again later"):
        web.get(url)

    assert web.whole_files() == []


def test_a_server_that_promises_less_than_it_has_gives_what_fails_its_pin(web: Web) -> None:
    url = web.server.serve("/m", weights())
    web.server.files["/m"].says_bytes = 900_000

    with pytest.raises(SourceError, match="the file has SHA-256"):
        web.get(url, sha256=hashlib.sha256(weights()).hexdigest())

    assert web.whole_files() == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_seconds_that_it_says(web: Web, status: int) -> None:
    url = web.server.serve("/m", weights(), Reply(status, headers={"Retry-After": "7"}))

    assert web.get(url).path.read_bytes() == weights()
    assert web.slept == [7]


def test_a_busy_server_may_say_a_moment(web: Web) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    web.get(web.server.serve("/m", weights(), Reply(503, headers={"Retry-After": moment})))

    assert len(web.slept) == 1
    assert 50 < web.slept[0] <= 100


def test_a_busy_server_that_says_nothing_is_asked_later_and_later(web: Web) -> None:
    web.get(web.server.serve("/m", weights(), Reply(500), Reply(502), Reply(503, headers={"Retry-After": "soon"})))

    assert web.slept == [1, 2, 4]


def test_a_server_that_stays_busy_is_unreachable(web: Web) -> None:
    url = web.server.serve("/m", weights(), *[Reply(503)] * 4)

    with pytest.raises(SourceUnreachable) as caught:
        web.get(url)

    assert str(caught.value) == f"{url}: the server answered 503, 4 times; try again later"


def test_a_server_that_asks_for_an_hour_is_unreachable_at_once(web: Web) -> None:
    url = web.server.serve("/m", weights(), Reply(429, headers={"Retry-After": "3600"}))

    with pytest.raises(SourceUnreachable, match=r"answered 429 and asks to wait 3,600 s; try again then"):
        web.get(url)

    assert web.slept == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"garbage\r\n\r\n", "its host does not answer (BadStatusLine)"),
        (b"", "its host does not answer (RemoteDisconnected)"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "its host does not answer (LineTooLong)"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "its host does not answer (HTTPException)"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n\x08\0\0",
            "its host does not answer (IncompleteRead)",
        ),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx", "the server answered 206 without saying"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "the server answered 304 to who has nothing"),
        (b"HTTP/1.1 416 Nothing\r\nContent-Length: 0\r\n\r\n", "the server does not have the rest"),
    ],
    ids=["no-status", "nothing", "long-header", "many-headers", "half-a-chunk", "206-unasked", "304-unasked", "416"],
)
def test_an_answer_that_makes_no_sense_is_an_unreachable_server(web: Web, data: bytes, reason: str) -> None:
    url = web.server.serve("/m", weights(), *[Raw(data)] * 4)

    with pytest.raises(SourceUnreachable, match=f"^{re.escape(f'{url}: {reason}')}.*, 4 times; try again later$"):
        web.get(url)

    assert web.whole_files() == []


def test_a_file_whose_end_could_not_be_told_is_refused(web: Web) -> None:
    url = web.server.serve("/m", b"", Raw(b"HTTP/1.0 200 OK\r\n\r\n" + weights()))

    with pytest.raises(SourceError, match="does not say how long the file is"):
        web.get(url)

    assert web.whole_files() == []


def test_a_file_in_chunks_arrives(web: Web) -> None:
    body = b"2710\r\n" + weights(10_000) + b"\r\n0\r\n\r\n"
    url = web.server.serve("/m", b"", Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body))

    assert web.get(url).path.read_bytes() == weights(10_000)
