"""Bytes of large files on their way in: Git LFS in one piece or in parts, and tokens for Xet."""

import math
import time
from pathlib import Path

from tests.support.loopback_hub.blobs import DigestMismatchError, chunks_of
from tests.support.loopback_hub.routing import API, REPO, REV, Access, Route
from tests.support.loopback_hub.state import Arrival, HubState
from tests.support.loopback_hub.wire import Refusal, Request, Response, json_response
from tests.support.loopback_hub.xet import XET_TOKEN

_OID = r"(?P<oid>[0-9a-f]{64})"
_LFS_TYPE = {"Content-Type": "application/vnd.git-lfs+json"}


def _batch(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    body = request.json()
    objects = body.get("objects")
    if body.get("operation") != "upload" or not isinstance(objects, list):
        raise Refusal(400, "found an LFS batch that is not an upload with a list 'objects'")
    actions = [_upload_action(state, repo.repo_id, str(o["oid"]), int(o["size"])) for o in objects]
    return json_response({"transfer": "basic", "objects": actions}, headers=_LFS_TYPE)


def _upload_action(state: HubState, repo_id: str, sha256: str, size: int) -> dict[str, object]:
    told: dict[str, object] = {"oid": sha256, "size": size}
    if state.object_size(sha256) is not None:
        return told
    verify = {"href": f"{state.endpoint}/{repo_id}.git/info/lfs/objects/verify"}
    upload: dict[str, object] = {"href": f"{state.endpoint}/_storage/{sha256}"}
    if size > state.settings.multipart_above_bytes:
        part_count = math.ceil(size / state.settings.part_bytes)
        urls = {f"{n:05}": f"{state.endpoint}/_storage/{sha256}/{n}" for n in range(1, part_count + 1)}
        upload = {
            "href": f"{state.endpoint}/_storage/{sha256}/complete",
            "header": {"chunk_size": str(state.settings.part_bytes), **urls},
        }
    return {**told, "actions": {"upload": upload, "verify": verify}}


def _put_object(state: HubState, request: Request) -> Response:
    try:
        _, size_bytes = state.blobs.put(request.body.chunks(), expected_sha256=request.groups["oid"])
    except DigestMismatchError as error:
        raise Refusal(400, str(error), "BadDigest") from error
    state.arrivals.append(Arrival("lfs", size_bytes, ""))
    return Response()


def _part(state: HubState, sha256: str, number: int) -> Path:
    return state.parts / f"{sha256}-{number:05}"


def _put_part(state: HubState, request: Request) -> Response:
    part = _part(state, request.groups["oid"], int(request.groups["part"]))
    partial = part.with_suffix(".partial")
    with partial.open("wb") as stream:
        for chunk in request.body.chunks():
            stream.write(chunk)
    partial.replace(part)
    return Response(headers={"ETag": _etag(part)})


def _etag(part: Path) -> str:
    return f'"{part.name}-{part.stat().st_size}"'


def _complete(state: HubState, request: Request) -> Response:
    sha256, told = request.groups["oid"], request.json().get("parts")
    if not isinstance(told, list) or not told:
        raise Refusal(400, "found no list 'parts' in the completion of an upload")
    parts = [_part(state, sha256, int(part["partNumber"])) for part in told]
    wrong = [p.name for p, t in zip(parts, told, strict=True) if not p.exists() or _etag(p) != t["etag"]]
    if wrong:
        raise Refusal(400, f"found parts that were not uploaded so: {', '.join(wrong)}")
    try:
        chunks = (chunk for part in parts for chunk in chunks_of(part))
        _, size_bytes = state.blobs.put(chunks, expected_sha256=sha256)
    except DigestMismatchError as error:
        raise Refusal(400, str(error), "BadDigest") from error
    state.arrivals.append(Arrival("lfs", size_bytes, ""))
    for part in parts:
        part.unlink(missing_ok=True)
    return json_response({}, headers=_LFS_TYPE)


def _verify(state: HubState, request: Request) -> Response:
    state.repo_for(request)
    body = request.json()
    found = state.object_size(str(body["oid"]))
    if found != body["size"]:
        raise Refusal(404, f"found {found} bytes of object {body['oid']}, expected {body['size']}")
    return json_response({}, headers=_LFS_TYPE)


def _duplicate(state: HubState, request: Request) -> Response:
    state.repo_for(request)
    files = request.json().get("files")
    if not isinstance(files, list):
        raise Refusal(400, "found no list 'files' to duplicate")
    # Objects are shared between repositories here, so there is nothing to copy.
    return json_response({"failed": [f for f in files if state.object_size(str(f["sha256"])) is None]})


def _xet_token(state: HubState, request: Request) -> Response:
    state.repo_for(request)
    if not state.settings.xet:
        raise Refusal(404, "this server does not offer Xet", "XetNotOffered")
    expires = int(time.time()) + 3600
    token = {"casUrl": state.xet.url, "accessToken": XET_TOKEN, "exp": expires}
    # Python reads the headers, Rust the body.
    headers = {
        "X-Xet-Cas-Url": state.xet.url,
        "X-Xet-Access-Token": XET_TOKEN,
        "X-Xet-Token-Expiration": str(expires),
    }
    return json_response(token, headers=headers)


ROUTES = (
    Route("POST", rf"/{REPO}\.git/info/lfs/objects/batch", _batch, Access.WRITE),
    Route("POST", rf"/{REPO}\.git/info/lfs/objects/verify", _verify, Access.WRITE),
    Route("PUT", rf"/_storage/{_OID}", _put_object, Access.OPEN, locked=False),
    Route("PUT", rf"/_storage/{_OID}/(?P<part>\d+)", _put_part, Access.OPEN, locked=False),
    Route("POST", rf"/_storage/{_OID}/complete", _complete, Access.OPEN, locked=False),
    Route("POST", rf"{API}/lfs-files/duplicate", _duplicate, Access.WRITE),
    Route("GET", rf"{API}/xet-write-token/{REV}", _xet_token, Access.WRITE),
    Route("GET", rf"{API}/xet-read-token/{REV}", _xet_token),
)
