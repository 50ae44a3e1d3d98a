"""Looks at files on the web: what they say, and how little of a file is transferred."""

from dataclasses import replace
from pathlib import Path

import pytest

from converter.registry import CivitaiSource, LocalSource
from converter.sources import CivitaiAccess, HubAccess, SourceError, SourcePolicy, SourceUnreachable, look
from converter.weights import WeightFile, WeightsError
from tests.support.original_shapes import sd15_shapes, write_zeros
from tests.support.range_server import Cut, Raw, Reply
from tests.support.safetensors_files import entry, raw_file
from tests.support.sparse_files import command_pickle, sparse_checkpoint
from tests.support.torch_files import safetensors_to_torch
from tests.support.web_downloads import LOOPBACK, Web, weights

HEADER = raw_file({"w": entry("F32", (50_000,), 0, 200_000)})
SOUND = HEADER + bytes(200_000)
_NO_RANGES = "the server does not support ranges: "
_UNREACHABLE = "try again later"


def opened(web: Web, url: str) -> WeightFile:
    place = web.look(url).place
    assert not isinstance(place, Path)
    return place.weights(place.name)


def test_a_safetensors_file_of_four_gigabytes_is_described_in_a_few_hundred_kilobytes(web: Web, tmp_path: Path) -> None:
    shapes = sd15_shapes()
    file = write_zeros(tmp_path / "m", shapes, {"ss_output_name": "x"})
    look = web.look(web.server.serve("/models/m.safetensors", file))
    assert not isinstance(look.place, Path)

    found = look.place.weights(look.place.name)

    assert look.download_bytes == found.size_bytes == file.stat().st_size > 4_000_000_000
    assert {name: found.info(name).shape for name in found.names} == shapes
    assert (found.name, found.form, found.metadata) == ("m.safetensors", "safetensors", {"ss_output_name": "x"})
    assert look.transferred_bytes == web.server.sent_bytes < 1_000_000
    assert web.whole_files() == []


def test_a_torch_checkpoint_of_four_gigabytes_is_described_in_less_than_a_few_megabytes(
    web: Web, tmp_path: Path
) -> None:
    shapes = sd15_shapes()
    look = web.look(web.server.serve("/m.ckpt", sparse_checkpoint(tmp_path / "m", shapes)))
    assert not isinstance(look.place, Path)

    found = look.place.weights(look.place.name)

    assert look.download_bytes > 4_000_000_000
    assert {name: found.info(name).shape for name in found.names} == shapes
    assert found.form == "torch"
    assert look.transferred_bytes == web.server.sent_bytes < 2_000_000
    assert len(web.server.log) < 10


def test_a_legacy_checkpoint_is_described_without_its_storages(web: Web, pico_checkpoint: Path, tmp_path: Path) -> None:
    file = safetensors_to_torch(pico_checkpoint, tmp_path / "m", legacy=True)
    look = web.look(web.server.serve("/m.ckpt", file))
    assert not isinstance(look.place, Path)

    found = look.place.weights(look.place.name)

    assert len(found.names) > 100
    assert web.server.sent_bytes < file.stat().st_size / 10


def test_a_pickle_that_runs_a_command_is_refused_before_the_weights_and_runs_nothing(web: Web, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    hostile = sparse_checkpoint(tmp_path / "m", sd15_shapes(), command_pickle(f"touch {touched}"))
    url = web.server.serve("/m.ckpt", hostile)

    with pytest.raises(WeightsError, match=r"the pickle asks for 'os.system', .* nothing was executed"):
        opened(web, url)

    assert not touched.exists()
    assert web.server.sent_bytes < 1_000_000


def test_a_path_stays_where_it_is(web: Web, tmp_path: Path) -> None:
    look = web.look(LocalSource(str(tmp_path)))

    assert (look.place, look.uri, look.download_bytes, look.transferred_bytes) == (tmp_path, str(tmp_path), 0, 0)


def test_a_small_file_of_a_server_without_ranges_is_read_whole(web: Web) -> None:
    small = raw_file({"w": entry("F32", (2,), 0, 8)}) + bytes(8)
    url = web.server.serve("/m", small)
    web.server.files["/m"].ranges = False

    assert opened(web, url).names == ("w",)
    assert len(web.server.log) == 1


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n", "it answered 200 with the whole file"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + SOUND, "it answered 200 with the whole file"),
        (b"HTTP/1.1 206 OK\r\nContent-Length: 9\r\n\r\n", "it answered 206 without saying which bytes it sends"),
        (
            b"HTTP/1.1 206 OK\r\nContent-Length: 9\r\nContent-Range: bytes 7-15/5000000000\r\n\r\n",
            "it answered with bytes 7-15 when asked for 0-131071",
        ),
        (
            b"HTTP/1.1 206 OK\r\nContent-Length: 9\r\nContent-Range: bytes 0-8/5000000000\r\n\r\n",
            "it answered with bytes 0-8 when asked for 0-131071",
        ),
    ],
    ids=["whole", "whole-without-length", "no-content-range", "other-bytes", "fewer-bytes"],
)
def test_a_server_without_ranges_is_said_to_be_one(web: Web, raw: bytes, found: str) -> None:
    url = web.server.serve("/m", b"", Raw(raw))

    with pytest.raises(SourceError) as caught:
        opened(web, url)

    assert str(caught.value) == (
        f"{url}: {_NO_RANGES}{found}, expected 206 with the bytes that were asked for; it cannot be looked at without "
        "downloading it"
    )


def test_a_server_that_lies_about_the_length_is_unreachable(web: Web) -> None:
    url = web.server.serve("/m", SOUND)
    web.server.files["/m"].headers = {"Content-Length": "77"}

    with pytest.raises(SourceUnreachable, match=_UNREACHABLE):
        opened(web, url)


def test_a_file_shorter_than_its_server_says_is_unreachable(web: Web) -> None:
    url = web.server.serve("/m", SOUND[:100_000])
    web.server.files["/m"].says_bytes = 131_072

    with pytest.raises(SourceUnreachable, match=r"the connection ended after 100,000 of 131,072 bytes, 4 times"):
        opened(web, url)


def test_a_cut_connection_is_made_again(web: Web) -> None:
    assert opened(web, web.server.serve("/m", SOUND, Cut(100), Cut(0))).names == ("w",)
    assert web.slept == [1, 2]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_seconds_that_it_says(web: Web, status: int) -> None:
    assert opened(web, web.server.serve("/m", SOUND, Reply(status, headers={"Retry-After": "7"}))).names == ("w",)
    assert web.slept == [7]


def test_a_server_that_stays_busy_is_unreachable(web: Web) -> None:
    url = web.server.serve("/m", SOUND, *[Reply(503)] * 4)

    with pytest.raises(SourceUnreachable, match="the server answered 503, 4 times; try again later"):
        opened(web, url)


@pytest.mark.parametrize(
    ("body", "kind", "found"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "text/html", "found an HTML or XML page, expected a model"),
        (b"<!DOCTYPE html><title>Sign in</title>", "application/octet-stream", "found an HTML page, expected a model"),
        (b'{"error": "who are you"}', "application/json", "found JSON ('who are you'), expected a model"),
        (b"version https://git-lfs.github.com/spec/v1\n", "application/octet-stream", "found a Git LFS pointer"),
    ],
)
def test_a_page_in_the_place_of_a_model_is_refused(web: Web, body: bytes, kind: str, found: str) -> None:
    url = web.server.serve("/m", body)
    web.server.files["/m"].headers = {"Content-Type": kind}

    with pytest.raises(SourceError) as caught:
        opened(web, url)

    assert str(caught.value).startswith(f"{url}: {found}")


def test_a_redirect_to_the_login_page_is_refused(web: Web) -> None:
    web.server.serve("/login", weights())
    url = web.server.serve("/m", b"", Reply(302, headers={"Location": "/login?next=/m"}))

    with pytest.raises(SourceError, match="found a login page, expected a model"):
        opened(web, url)


def test_a_redirect_to_the_metadata_service_is_refused(web: Web) -> None:
    url = web.server.serve("/m", b"", Reply(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"}))

    with pytest.raises(SourceError, match=r"169.254.169.254 is a link-local, metadata or multicast address"):
        opened(web, url)

    assert len(web.server.log) == 1


def test_an_address_in_a_private_network_is_refused(web: Web) -> None:
    with pytest.raises(SourceError, match="is not on the public internet"):
        web.look(web.server.serve("/m", SOUND), policy=SourcePolicy(allow_http=True))

    assert web.server.log == []


@pytest.mark.parametrize("status", [403, 404])
def test_another_status_is_said(web: Web, status: int) -> None:
    with pytest.raises(SourceError, match=f"the server answered {status}, expected a file"):
        web.look(web.server.serve("/m", SOUND, Reply(status)))


def test_a_file_above_the_size_limit_is_refused(web: Web) -> None:
    policy = SourcePolicy(allow_private=True, allow_http=True, max_bytes=1000)

    with pytest.raises(SourceError, match=f"the file has {len(SOUND):,} bytes, expected at most 1,000"):
        web.look(web.server.serve("/m", SOUND), policy=policy)


def test_a_header_that_takes_more_than_a_look_may_is_refused(web: Web, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes((50_000_000).to_bytes(8, "little") + b"{")
    with (tmp_path / "m").open("r+b") as stream:
        stream.truncate(4_000_000_000)
    url = web.server.serve("/m", tmp_path / "m")

    with pytest.raises(SourceError, match=r"bytes more, expected at most 5,000,000 in all; download it"):
        opened(web, url)

    assert web.server.sent_bytes < 5_000_000


@pytest.mark.parametrize("etag", ['"one"', None])
def test_a_file_that_changes_while_it_is_looked_at_is_noticed(web: Web, tmp_path: Path, etag: str | None) -> None:
    first, second = (write_zeros(tmp_path / str(n), {"w" * 400_000: (n,)}) for n in (1, 20))
    look = web.look(web.server.serve("/m", first))
    web.server.files["/m"].etag = etag
    assert not isinstance(look.place, Path)
    web.server.files["/m"].data = second
    web.server.files["/m"].etag = etag and '"two"'

    with pytest.raises(SourceUnreachable, match="the file was changed while it was looked at; try again"):
        look.place.weights(look.place.name)


def test_each_block_is_asked_for_once_and_with_the_version(web: Web, tmp_path: Path) -> None:
    look = web.look(web.server.serve("/m", write_zeros(tmp_path / "m", {"w" * 400_000: (200,)})))
    assert not isinstance(look.place, Path)

    for _ in range(2):
        look.place.weights(look.place.name)

    assert [(asked.headers["Range"], asked.headers["If-Range"]) for asked in web.server.log] == [
        ("bytes=0-131071", None),
        (f"bytes=131072-{look.download_bytes - 1}", '"one"'),
    ]


def test_an_empty_file_is_said_to_be_empty(web: Web) -> None:
    with pytest.raises(WeightsError, match="the file is empty"):
        opened(web, web.server.serve("/m", b""))


def test_a_version_of_civitai_is_looked_at_with_the_token_as_a_header(web: Web) -> None:
    web.server.serve("/api/download/models/6266", SOUND)
    downloads = replace(web.downloads, civitai=CivitaiAccess(web.server.url, "t0ken"), policy=LOOPBACK)

    found = look(CivitaiSource(6266, ()), root=web.folder, access=HubAccess(), downloads=downloads)

    assert (found.uri, found.download_bytes) == ("civitai://6266", len(SOUND))
    assert web.server.log[0].headers["Authorization"] == "Bearer t0ken"
