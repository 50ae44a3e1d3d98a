"""Reading back the bytes: whole files and stretches, here or at another origin."""

import re

from tests.support.loopback_hub.repos import Commit, LargeFile
from tests.support.loopback_hub.routing import REPO, REV, Access, Route
from tests.support.loopback_hub.state import HubState
from tests.support.loopback_hub.wire import FileBody, Refusal, Request, Response


def _resolve(state: HubState, request: Request) -> Response:
    with state.lock:
        repo = state.repo_for(request)
        state.require_admitted(repo, request)
        commit = repo.commit_at(request.groups["rev"])
    path = request.groups["path"]
    headers = {"X-Repo-Commit": commit.oid}
    file = commit.tree.get(path)
    if file is None:
        raise Refusal(404, "Entry not found", "EntryNotFound", headers)
    if isinstance(file, LargeFile):
        return _large_answer(state, request, commit, file)
    return _stretch(request, file.content, headers | {"ETag": f'"{file.oid}"'})


def _large_answer(state: HubState, request: Request, commit: Commit, file: LargeFile) -> Response:
    headers = {
        "X-Repo-Commit": commit.oid,
        "ETag": f'"{file.oid}"',
        "X-Linked-ETag": f'"{file.sha256}"',
        "X-Linked-Size": str(file.size),
    }
    if xet_file := state.xet.find(file.sha256):
        auth = f"{state.endpoint}/api/models/{request.groups['repo']}/xet-read-token/{commit.oid}"
        headers |= {"X-Xet-Hash": xet_file.xet_hash, "Link": f'<{auth}>; rel="xet-auth"'}
    if state.settings.cdn:
        # Another origin by name, so that clients treat it as the CDN and send it no token.
        location = f"{state.endpoint.replace('127.0.0.1', 'localhost')}/_cdn/{file.sha256}"
        return Response(302, headers | {"Location": location})
    if request.method == "HEAD":
        # Spares putting a Xet file together for a question that its size answers.
        return Response(200, headers | {"Accept-Ranges": "bytes", "Content-Length": str(file.size)})
    return _stretch(request, FileBody(state.path_of(file), 0, file.size), headers)


def _cdn(state: HubState, request: Request) -> Response:
    sha256 = request.groups["oid"]
    size = state.object_size(sha256)
    if size is None:
        raise Refusal(404, "NoSuchKey")
    body = FileBody(state.path_of(LargeFile(sha256, size)), 0, size)
    return _stretch(request, body, {"ETag": f'"{sha256}"'})


def _stretch(request: Request, body: bytes | FileBody, headers: dict[str, str]) -> Response:
    """The body, or the part of it that `Range` asks for."""
    size = len(body) if isinstance(body, bytes) else body.length
    headers = {**headers, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if not match or match.groups() == ("", ""):
        return Response(200, headers, body)
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        raise Refusal(416, "Range Not Satisfiable", headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    part = body[start : end + 1] if isinstance(body, bytes) else FileBody(body.path, start, end + 1 - start)
    return Response(206, headers, part)


_FILE = rf"/{REPO}/resolve/{REV}/(?P<path>.+)"
_STORED = r"/_cdn/(?P<oid>[0-9a-f]{64})"

ROUTES = (
    Route("HEAD", _FILE, _resolve, locked=False),
    Route("GET", _FILE, _resolve, locked=False),
    Route("HEAD", _STORED, _cdn, Access.OPEN, locked=False),
    Route("GET", _STORED, _cdn, Access.OPEN, locked=False),
)
