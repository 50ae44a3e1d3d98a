"""From a list of files to a commit: preupload, the model card check, the commit itself."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from tests.support.loopback_hub.repos import LargeFile, RegularFile, RepoFile
from tests.support.loopback_hub.routing import API, REV, Access, Route
from tests.support.loopback_hub.state import Arrival, HubState
from tests.support.loopback_hub.wire import Refusal, Request, Response, json_response

Value = Mapping[str, object]


def _preupload(state: HubState, request: Request) -> Response:
    tree = state.repo_for(request).commit_at(request.groups["rev"]).tree
    files = request.json().get("files")
    if not isinstance(files, list):
        raise Refusal(400, "found no list 'files' in the preupload request")
    return json_response({"files": [_upload_mode(state, tree, file) for file in files]})


def _upload_mode(state: HubState, tree: Mapping[str, RepoFile], file: Value) -> dict[str, object]:
    path, sample = str(file["path"]), base64.b64decode(str(file["sample"]))
    large = state.wants_large(tree, path, int(str(file["size"])), sample)
    known = tree.get(path)
    # The client drops a file whose hash is already there; this is what makes a repeated commit do nothing.
    oid = known.sha256 if isinstance(known, LargeFile) else known.oid if known else None
    return {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}


def _validate_yaml(_state: HubState, request: Request) -> Response:
    content = str(request.json().get("content", ""))
    opened = content.startswith("---\n")
    if opened and not re.search(r"\n---\s*(\n|$)", content[3:]):
        errors = [{"message": "the front matter is opened by '---' and never closed"}]
        return json_response({"errors": errors, "warnings": []}, status=400)
    return json_response({"errors": [], "warnings": []})


def _commit(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    branch = request.groups["rev"]
    head = repo.head(branch)
    if request.flag("create_pr"):
        raise Refusal(400, "this server has no pull requests; commit to a branch")
    header, changes = _parsed(request.body.read())
    parent = str(header.get("parentCommit") or head.oid)
    if not head.oid.startswith(parent):
        raise Refusal(412, "A commit has happened since. Please refresh and try again.")
    tree = dict(head.tree)
    for key, value in changes:
        _apply(state, tree, key, value)
    commit = repo.advance(branch, str(header["summary"]), str(header.get("description", "")), tree)
    sent = (tree[str(value["path"])].size for key, value in changes if key == "file")
    state.arrivals.extend(Arrival("inline", size_bytes, branch) for size_bytes in sent)
    url = f"{state.endpoint}/{repo.repo_id}/commit/{commit.oid}"
    return json_response({"success": True, "commitOid": commit.oid, "commitUrl": url, "hookOutput": ""})


def _parsed(body: bytes) -> tuple[Value, list[tuple[str, Value]]]:
    try:
        lines = [json.loads(line) for line in body.splitlines() if line]
        pairs = [(str(line["key"]), line["value"]) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(400, f"found a commit that is not lines of JSON with 'key' and 'value': {error!r}") from error
    if not pairs or pairs[0][0] != "header":
        raise Refusal(400, "found a commit whose first line is not its header")
    return pairs[0][1], pairs[1:]


def _apply(state: HubState, tree: dict[str, RepoFile], key: str, value: Value) -> None:
    path = str(value["path"])
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise Refusal(400, f"found the path '{path}', expected one inside the repository")
    match key:
        case "file":
            tree[path] = _regular(state, path, value)
        case "lfsFile":
            tree[path] = _large(state, path, value)
        case "deletedFile":
            _delete(tree, path, [path])
        case "deletedFolder":
            _delete(tree, path, [known for known in tree if known.startswith(f"{path.rstrip('/')}/")])
        case _:
            raise Refusal(400, f"found the operation '{key}' in a commit, which this server does not know")


def _delete(tree: dict[str, RepoFile], path: str, doomed: list[str]) -> None:
    if not doomed or any(name not in tree for name in doomed):
        raise Refusal(404, f"found no '{path}' to delete", "EntryNotFound")
    for name in doomed:
        del tree[name]


def _regular(state: HubState, path: str, value: Value) -> RegularFile:
    try:
        content = base64.b64decode(str(value["content"]), validate=True)
    except binascii.Error as error:
        raise Refusal(400, f"found content of '{path}' that is not base64: {error}") from error
    if len(content) > state.settings.regular_up_to_bytes:
        raise Refusal(400, f"found {len(content)} bytes in '{path}': larger files must go through LFS or Xet")
    return RegularFile(content)


def _large(state: HubState, path: str, value: Value) -> LargeFile:
    sha256 = str(value["oid"])
    size = state.object_size(sha256)
    if size is None:
        raise Refusal(400, f"LFS pointer of '{path}' points to an object that was never uploaded: {sha256}")
    if value.get("size") not in (None, size):
        raise Refusal(400, f"found {size} bytes in object {sha256}, but '{path}' says {value['size']}")
    return LargeFile(sha256, size)


ROUTES = (
    Route("POST", r"/api/validate-yaml", _validate_yaml),
    Route("POST", rf"{API}/preupload/{REV}", _preupload, Access.WRITE),
    Route("POST", rf"{API}/commit/{REV}", _commit, Access.WRITE),
)
