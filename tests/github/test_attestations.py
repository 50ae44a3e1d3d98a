"""Attestations as GitHub keeps them: listed in pages, with bundles that lie elsewhere."""

import json
import tracemalloc

import pytest

from converter.errors import ExitCode
from converter.github import (
    Attestations,
    GitHub,
    GitHubAccess,
    GitHubDenied,
    GitHubError,
    GitHubMissing,
    GitHubUnreachable,
    StoredAttestation,
    parse_repository,
)
from converter.github.attestations import MOST_BUNDLE_BYTES
from tests.support.fixtures_github import Clients
from tests.support.loopback_github import (
    BLOB_SECRET,
    BOT_TOKEN,
    LoopbackGitHub,
    bundle_of,
    packed,
    statement_of,
    varint,
)
from tests.support.loopback_hub import Answer, Drop, On

DIGEST = "ab" * 32
BUNDLE = bundle_of(statement_of(DIGEST))


def read(clients: Clients, token: str | None = BOT_TOKEN) -> list[object]:
    attestations = Attestations(clients.of(token))
    return [attestations.bundle(each) for each in attestations.of(DIGEST)]


@pytest.mark.parametrize("token", [None, BOT_TOKEN])
def test_a_bundle_is_read_where_it_lies_and_no_token_goes_there(
    loopback_github: LoopbackGitHub, clients: Clients, token: str | None
) -> None:
    loopback_github.state.add_attestation(DIGEST, packed(BUNDLE))
    assert read(clients, token) == [BUNDLE]
    listing, blob = loopback_github.log
    assert (blob.path.partition("?")[0], blob.authorization) == ("/blobs/0.json.sn", "")
    assert listing.authorization == (f"Bearer {token}" if token else "")


def test_a_bundle_that_is_listed_itself_is_taken(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.attestations[DIGEST] = [{"bundle": BUNDLE}]
    assert read(clients) == [BUNDLE]
    assert len(loopback_github.log) == 1


def test_every_page_is_listed(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.page_size = 2
    loopback_github.state.attestations[DIGEST] = [{"bundle": {"number": number}} for number in range(5)]
    assert read(clients) == [{"number": number} for number in range(5)]


def test_none_is_no_error(clients: Clients) -> None:
    assert read(clients) == []


def test_no_such_repository_is_an_error(loopback_github: LoopbackGitHub) -> None:
    github = GitHub(parse_repository("acme/other"), GitHubAccess(loopback_github.endpoint, timeout_s=5))
    with pytest.raises(GitHubMissing, match=r"acme/other: looking at it: .*the permission `Attestations: read`"):
        list(Attestations(github).of(DIGEST))


def test_a_token_that_is_not_valid_is_said(clients: Clients) -> None:
    with pytest.raises(GitHubDenied, match="GITHUB_TOKEN is not valid"):
        read(clients, "ghp_expired")


@pytest.mark.parametrize("fault", [Answer(503), Answer(429), Drop()])
def test_a_host_that_fails_is_asked_again(
    loopback_github: LoopbackGitHub, clients: Clients, fault: Answer | Drop
) -> None:
    loopback_github.state.add_attestation(DIGEST, packed(BUNDLE))
    loopback_github.faults.arm(fault, On(path="/blobs/", times=2))
    assert read(clients) == [BUNDLE]
    assert clients.waits == [1.0, 2.0]


def test_a_host_that_stays_silent_is_exit_code_4(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.add_attestation(DIGEST, packed(BUNDLE))
    loopback_github.faults.arm(Answer(500), On(path="/blobs/", times=100))
    with pytest.raises(GitHubUnreachable, match=r"reading a bundle: 127.0.0.1 answered 500, 4 times") as caught:
        read(clients)
    assert caught.value.exit_code is ExitCode.UNREACHABLE


@pytest.mark.parametrize("status", [302, 403, 404])
def test_a_refusal_names_the_host_and_not_the_secret_address(
    loopback_github: LoopbackGitHub, clients: Clients, status: int
) -> None:
    loopback_github.state.add_attestation(DIGEST, packed(BUNDLE))
    headers = {"Location": "https://evil.example/"}
    loopback_github.faults.arm(Answer(status, headers=headers), On(path="/blobs/"))
    with pytest.raises(GitHubError, match=f"found status {status} at 127.0.0.1, expected the content") as caught:
        read(clients)
    assert BLOB_SECRET not in str(caught.value)
    assert len(loopback_github.log) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/x",
        "http://127.0.0.1:9/x",
        "file:///etc/passwd",
        "https://user:secret@evil.example/",
        "https://[/",
        "https:///x",
        "https://evil.example/\r\nX: y",
        "/blobs/0.json.sn",
    ],
)
def test_an_address_that_others_could_listen_to_or_that_is_none_is_not_asked(
    loopback_github: LoopbackGitHub, clients: Clients, url: str
) -> None:
    with pytest.raises(GitHubError, match="expected https://") as caught:
        Attestations(clients.of()).bundle(StoredAttestation({}, url))
    assert "secret" not in str(caught.value)
    assert len(loopback_github.log) == 0


def test_neither_bundle_nor_address_is_an_error(clients: Clients) -> None:
    with pytest.raises(GitHubError, match="found neither the bundle nor its address"):
        Attestations(clients.of()).bundle(StoredAttestation({}, ""))


@pytest.mark.parametrize(
    ("blob", "what"),
    [
        (b"\x04\x08xab", "another size when unpacked"),
        (varint(100 << 20) + b"\x00x", "104,857,600 bytes when unpacked, expected at most 4,194,304"),
        (packed(b"<html>"), "found what is no JSON"),
        (packed(b"\xff\xfe"), "found what is no JSON"),
        (packed(b"[" * 1_000_000), "found what is no JSON"),
        (packed(b"1" * 1_000_000), "found what is no JSON"),
        (packed([]), "found list, expected dict"),
    ],
    ids=["broken", "bomb", "html", "no text", "deep", "long number", "list"],
)
def test_a_hostile_bundle_is_one_error(
    loopback_github: LoopbackGitHub, clients: Clients, blob: bytes, what: str
) -> None:
    loopback_github.state.add_attestation(DIGEST, blob)
    with pytest.raises(GitHubError, match=what) as caught:
        read(clients)
    assert caught.value.exit_code is ExitCode.FAILED


def test_100_mb_are_not_read(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.add_attestation(DIGEST, b"x" * (100 << 20))
    (stored,) = Attestations(clients.of()).of(DIGEST)
    tracemalloc.start()
    with pytest.raises(GitHubError, match="found more than 4,194,304 bytes"):
        Attestations(clients.of()).bundle(stored)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * MOST_BUNDLE_BYTES


def test_a_listing_of_another_shape_is_no_traceback(loopback_github: LoopbackGitHub, clients: Clients) -> None:
    loopback_github.state.attestations[DIGEST] = [{"bundle": json.loads("[[]]")}]
    with pytest.raises(GitHubError, match="bundle: found list, expected dict"):
        read(clients)
