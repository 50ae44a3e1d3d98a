"""Redirects: where they may lead, and what they may take along."""

from dataclasses import replace
from pathlib import Path

import pytest

from converter.registry import CivitaiSource
from converter.sources import CivitaiAccess, HubAccess, SourceError, fetch
from tests.support.range_server import RangeServer, Reply
from tests.support.web_downloads import Web, weights


def _to(location: str, status: int = 302) -> Reply:
    return Reply(status, headers={"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(web: Web, status: int) -> None:
    web.server.serve("/there", weights())

    found = web.get(web.server.serve("/m", b"", _to("/there?signature=1", status)))

    assert found.path.read_bytes() == weights()
    assert found.uri == f"{web.server.url}/m"


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is a link-local, metadata or multicast address"),
        ("http://[fe80::1]/", "fe80::1 is a link-local, metadata or multicast address"),
        ("http://[::ffff:169.254.169.254]/", "is a link-local, metadata or multicast address"),
        ("http://0.0.0.0/", "is a link-local, metadata or multicast address"),
        ("file:///etc/passwd", "it leads to file:, expected https: all the way"),
        ("ftp://127.0.0.1/m", "it leads to ftp:, expected https: all the way"),
        ("data:text/plain,x", "it leads to data:, expected https: all the way"),
        ("http://user:pass@127.0.0.1/m", "an address without a host or with a user in it"),
        ("https:///m", "an address without a host or with a user in it"),
        ("http://[::1/m", "something that is no address"),
        ("http://127.0.0.1:99999/m", "something that is no address"),
        (f"http://{'a' * 64}.example/m", "is not the name of a host"),
    ],
)
def test_a_redirect_to_a_place_that_is_not_for_us_is_refused(web: Web, location: str, found: str) -> None:
    url = web.server.serve("/m", b"", _to(location))

    with pytest.raises(SourceError) as caught:
        web.get(url)

    assert str(caught.value).startswith(f"{url}: ")
    assert found in str(caught.value)
    assert "pass@" not in str(caught.value)
    assert len(web.server.log) == 1


def test_redirects_in_a_circle_end(web: Web) -> None:
    url = web.server.serve("/m", b"", *[_to("/m")] * 20)

    with pytest.raises(SourceError, match="it was redirected more than 10 times"):
        web.get(url)

    assert len(web.server.log) == 11


def test_a_token_stays_with_its_host(web: Web, tmp_path: Path) -> None:
    """The other server is another host as browsers count: the port is part of an origin."""
    with RangeServer() as other:
        other.serve("/file", weights())
        back = web.server.url + "/back"
        other.faults["/file"] = [_to(back)]
        other.serve("/second", weights())
        web.server.serve("/back", b"", _to(other.url + "/second"))
        web.server.serve("/api/download/models/1", b"", _to("/again"))
        web.server.serve("/again", b"", _to(other.url + "/file"))
        access = CivitaiAccess(web.server.url, "t0ken")
        downloads = replace(web.downloads, civitai=access)

        found = fetch(CivitaiSource(1, ()), root=tmp_path, access=HubAccess(), downloads=downloads)

    assert found.path.read_bytes() == weights()
    sent = [(asked.path, asked.headers.get("Authorization")) for asked in [*web.server.log, *other.log]]
    assert sent == [
        ("/api/download/models/1", "Bearer t0ken"),
        ("/again", "Bearer t0ken"),
        ("/back", None),
        ("/file", None),
        ("/second", None),
    ]
