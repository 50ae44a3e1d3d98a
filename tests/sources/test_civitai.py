"""Civitai: the address that is asked, the token, and what it says to who may not."""

import hashlib
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from converter.registry.source_syntax import parse_source
from converter.sources import CivitaiAccess, Fetched, HubAccess, SourceError, fetch
from tests.support.range_server import Reply
from tests.support.web_downloads import Web, weights

_PATH = "/api/download/models/6266"
_TOKEN = "civitaiTokenThatNobodyMaySee"  # noqa: S105  # opens nothing
_LOGIN = "check the number in the model's download link, and set CIVITAI_TOKEN to an API key"


def _fetched(web: Web, text: str, *, token: str | None = _TOKEN, sha256: str | None = None) -> Fetched:
    downloads = replace(web.downloads, civitai=CivitaiAccess(web.server.url, token))
    return fetch(parse_source(text), root=web.folder, access=HubAccess(), downloads=downloads, sha256=sha256)


def _refused(web: Web, *, token: str | None = _TOKEN) -> str:
    with pytest.raises(SourceError) as caught:
        _fetched(web, "civitai://6266?type=Model", token=token)
    assert _TOKEN not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_the_version_and_the_query_are_asked_for_with_the_token_as_a_header(web: Web) -> None:
    web.server.serve(_PATH, weights())

    found = _fetched(web, "civitai://6266?type=Model&format=SafeTensor&size=full&fp=fp16")

    (asked,) = web.server.log
    assert asked.path == f"{_PATH}?type=Model&format=SafeTensor&size=full&fp=fp16"
    assert asked.headers["Authorization"] == f"Bearer {_TOKEN}"
    assert found.path.read_bytes() == weights()
    assert (found.uri, found.commit) == ("civitai://6266", None)


def test_without_a_token_nothing_is_sent_in_its_place(web: Web) -> None:
    web.server.serve(_PATH, weights())

    _fetched(web, "civitai://6266", token=None)

    assert web.server.log[0].headers.get("Authorization") is None


def test_two_files_of_one_version_are_two_files(web: Web) -> None:
    web.server.serve(_PATH, weights(1000))
    first = _fetched(web, "civitai://6266?size=pruned")
    web.server.serve(_PATH, weights(2000))

    assert _fetched(web, "civitai://6266?size=full").path != first.path


def test_a_redirect_to_the_login_page_names_the_token(web: Web) -> None:
    web.server.serve(_PATH, b"", Reply(307, headers={"Location": "/login?returnUrl=/model-versions/6266"}))
    web.server.serve("/login", b"", Reply(200, b"<!DOCTYPE html>", {"Content-Type": "text/html"}))

    assert _refused(web, token=None).startswith(f"civitai://6266: found a login page, expected a model; {_LOGIN}")


def test_a_json_refusal_is_told_in_civitais_words_and_names_the_token(web: Web) -> None:
    body = b'{"error":"Unauthorized","message":"The creator of this asset requires you to be logged in"}'
    web.server.serve(_PATH, b"", Reply(401, body, {"Content-Type": "application/json; charset=utf-8"}))

    assert _refused(web).startswith(
        "civitai://6266: the server answered 401 ('The creator of this asset requires you to be logged in'), "
        f"expected a file; {_LOGIN}"
    )


def test_words_that_repeat_the_token_are_not_shown(web: Web) -> None:
    body = b'{"error": "bad token ' + _TOKEN.encode() + b'"}'
    web.server.serve(_PATH, b"", Reply(401, body, {"Content-Type": "application/json"}))

    assert _refused(web).startswith("civitai://6266: the server answered 401, expected a file; ")


def test_a_pin_is_compared(web: Web) -> None:
    web.server.serve(_PATH, weights())

    assert _fetched(web, "civitai://6266", sha256=hashlib.sha256(weights()).hexdigest()).path.is_file()
    with pytest.raises(SourceError, match="civitai://6266: the file has SHA-256"):
        _fetched(web, "civitai://6266", sha256="0" * 64)


def test_the_token_is_not_on_the_disk_nor_in_what_is_printed(web: Web) -> None:
    web.server.serve(_PATH, weights())
    _fetched(web, "civitai://6266?type=Model")

    kept = b"".join(path.read_bytes() for path in Path(web.folder).rglob("*") if path.is_file())

    assert _TOKEN.encode() not in kept
    assert _TOKEN not in repr(replace(web.downloads, civitai=CivitaiAccess(token=_TOKEN)))
