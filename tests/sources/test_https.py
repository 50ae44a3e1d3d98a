"""Files of the web: what arrives, what is asked for again, and what is refused."""

import hashlib
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from converter.errors import ConverterError
from converter.files import NoSpaceError
from converter.progress import Progress
from converter.registry import HttpsSource
from converter.sources import Fetched, SourceError, SourceUnreachable
from tests.support.range_server import Reply
from tests.support.web_downloads import LOOPBACK, Web, weights

_SECRET = "querySecretThatNobodyMaySee"  # noqa: S105  # opens nothing


def _refused(web: Web, url: str, **settings: object) -> str:
    with pytest.raises(SourceError) as caught:
        web.get(url, **settings)  # type: ignore[arg-type]
    assert web.whole_files() == []
    assert _SECRET not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_a_file_arrives_under_its_digest_and_is_known_without_its_query(web: Web) -> None:
    data = weights()
    url = web.server.serve("/model.safetensors", data)

    found = web.get(f"{url}?key={_SECRET}")

    digest = hashlib.sha256(data).hexdigest()
    assert found == Fetched(web.folder / "blobs" / digest, url, None, sha256=digest)
    assert found.path.read_bytes() == data
    kept = b"".join(path.read_bytes() for path in web.folder.rglob("*.json"))
    assert _SECRET.encode() not in kept


def test_progress_begins_at_zero_and_ends_at_the_size(web: Web) -> None:
    url, seen = web.server.serve("/m", weights()), list[Progress]()

    web.get(url, report=seen.append)

    assert (seen[0].done, seen[-1].done, seen[-1].total) == (0, 1_000_000, 1_000_000)
    assert seen == sorted(seen, key=lambda progress: progress.done)


def test_an_unchanged_file_is_not_sent_again(web: Web) -> None:
    url = web.server.serve("/m", weights())

    assert web.get(url) == web.get(url)

    assert web.server.sent_bytes == 1_000_000


def test_a_changed_file_is_sent_again_and_the_first_stays(web: Web) -> None:
    url = web.server.serve("/m", weights(1000))
    first = web.get(url)
    web.server.serve("/m", weights(2000))
    web.server.files["/m"].etag = '"two"'

    assert web.get(url).path != first.path
    assert first.path.read_bytes() == weights(1000)


def test_a_pinned_file_that_is_there_needs_no_network(web: Web) -> None:
    url, pin = web.server.serve("/m", weights()), hashlib.sha256(weights()).hexdigest()
    first = web.get(url, sha256=pin)
    web.server.log.clear()

    assert web.get(f"{web.server.url}/elsewhere", sha256=pin).path == first.path
    assert web.server.log == []


def test_a_file_with_another_digest_than_the_pin_is_refused_with_both(web: Web) -> None:
    url, pin = web.server.serve("/m", weights()), "a" * 64

    message = _refused(web, url, sha256=pin)

    assert f"the file has SHA-256 {hashlib.sha256(weights()).hexdigest()}, expected {pin}" in message
    assert list((web.folder / "partial").iterdir()) == []


def test_a_pinned_file_is_asked_for_although_another_one_is_known(web: Web) -> None:
    url = web.server.serve("/m", weights(1000))
    web.get(url)
    web.server.files["/m"].data = weights(2000)  # under the same ETag: a server may be wrong about that

    pin = hashlib.sha256(weights(2000)).hexdigest()
    assert web.get(url, sha256=pin).path.read_bytes() == weights(2000)


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        ("text/html; charset=utf-8", b"<html>", "an HTML or XML page"),
        ("application/octet-stream", b"\n<!DOCTYPE html><html>", "an HTML page"),
        ("application/json", b'{"error": "Early access only"}', "JSON ('Early access only')"),
        ("application/octet-stream", b'{"error": 1, "more": 2}', "JSON"),
        ("text/plain", b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
    ],
)
def test_a_text_in_the_place_of_a_model_is_recognised(web: Web, kind: str, body: bytes, found: str) -> None:
    url = web.server.serve("/m", b"", Reply(200, body, {"Content-Type": kind}))

    assert _refused(web, f"{url}?k={_SECRET}").startswith(f"{url}: found {found}, expected a model; ")


def test_weights_whose_header_length_looks_like_json_are_weights(web: Web) -> None:
    data = b"{\x7b\0\0\0\0\0\0{" + bytes(100)

    assert web.get(web.server.serve("/m", data)).path.read_bytes() == data


@pytest.mark.parametrize(("status", "advice"), [(401, "gives the file itself"), (404, "it is not there"), (410, "not")])
def test_a_refusal_is_told_by_its_status(web: Web, status: int, advice: str) -> None:
    message = _refused(web, web.server.serve("/m", b"", Reply(status)))

    assert f"the server answered {status}, expected a file; " in message
    assert advice in message


def test_a_file_above_the_size_limit_is_refused_before_it_is_read(web: Web) -> None:
    url = web.server.serve("/m", weights())

    message = _refused(web, url, policy=replace(LOOPBACK, max_bytes=999_999))

    assert "the file has 1,000,000 bytes or more, expected at most 999,999" in message


def test_a_file_of_unknown_length_stops_at_the_size_limit(web: Web) -> None:
    body = b"2710\r\n" + weights(10_000) + b"\r\n0\r\n\r\n"
    url = web.server.serve("/m", b"", Reply(200, body, {"Transfer-Encoding": "chunked"}))

    assert "expected at most 5,000" in _refused(web, url, policy=replace(LOOPBACK, max_bytes=5000))


def test_a_full_disk_is_said_before_anything_is_written(web: Web) -> None:
    url = web.server.serve("/m", weights())
    web.server.files["/m"].says_bytes = 1 << 60

    with pytest.raises(NoSpaceError, match="are needed"):
        web.get(url, policy=replace(LOOPBACK, max_bytes=1 << 61))


def test_an_encoded_file_is_refused(web: Web) -> None:
    url = web.server.serve("/m", b"", Reply(200, b"zip", {"Content-Encoding": "gzip"}))

    assert "the server sends the file 'gzip'-encoded" in _refused(web, url)


def test_a_host_that_does_not_answer_asks_to_try_again_without_the_query(tmp_path: Path, web: Web) -> None:
    url = f"http://127.0.0.1:1/m?token={_SECRET}"

    with pytest.raises(SourceUnreachable) as caught:
        web.get(url)

    assert str(caught.value) == (
        "http://127.0.0.1:1/m: its host does not answer (ConnectionRefusedError), 4 times; try again later"
    )
    assert _SECRET not in "".join(traceback.format_exception(caught.value))
    assert web.slept == [1, 2, 4]


def test_plain_http_is_refused_unless_it_is_allowed(web: Web) -> None:
    url = web.server.serve("/m", weights())

    message = _refused(web, url, policy=replace(LOOPBACK, allow_http=False))

    assert message == f"{url}: it leads to http:, expected https: all the way; use an address that stays with https"
    assert web.server.log == []


def test_a_private_address_is_refused_unless_it_is_allowed(web: Web) -> None:
    url = web.server.serve("/m", weights())

    message = _refused(web, url, policy=replace(LOOPBACK, allow_private=False))

    assert message.startswith(f"{url}: 127.0.0.1 is not on the public internet, expected a host that is; ")
    assert web.server.log == []


def test_no_source_shows_its_query(web: Web) -> None:
    with pytest.raises(ConverterError) as caught:
        web.get(HttpsSource(f"http://127.0.0.1:1/{'a' * 10}?sig={_SECRET}"))
    assert _SECRET not in repr(caught.value)
