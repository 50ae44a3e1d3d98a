"""Who am I, which repositories are there: the account, and repositories as wholes."""

from collections.abc import Mapping

from tests.support.loopback_hub.repos import Commit, LargeFile, Repo
from tests.support.loopback_hub.routing import API, REV, Access, Route
from tests.support.loopback_hub.state import HubState
from tests.support.loopback_hub.wire import Refusal, Request, Response, json_response


def _whoami(state: HubState, request: Request) -> Response:
    if not state.is_known(request):
        raise Refusal(401, "Invalid username or password.", "InvalidCredentials")
    orgs = sorted({repo_id.split("/")[0] for repo_id in state.repos} - {state.settings.user})
    token = {"displayName": "test", "role": "write"}
    auth = {"type": "access_token", "accessToken": token}
    return json_response(
        {"type": "user", "name": state.settings.user, "orgs": [{"name": o} for o in orgs], "auth": auth}
    )


def _repo_id(state: HubState, body: Mapping[str, object]) -> str:
    if body.get("type") not in (None, "model"):
        raise Refusal(400, f"found the repository type {body['type']!r}, but this server has only models")
    return f"{body.get('organization') or state.settings.user}/{body['name']}"


def _create_repo(state: HubState, request: Request) -> Response:
    body = request.json()
    repo_id = _repo_id(state, body)
    told = {"url": f"{state.endpoint}/{repo_id}", "name": repo_id}
    if repo_id in state.repos:
        return json_response(
            {**told, "error": "You already created this model repo"},
            status=409,
            headers={"X-Error-Message": "You already created this model repo"},
        )
    state.create_repo(repo_id, private=body.get("visibility") == "private" or body.get("private") is True)
    return json_response(told)


def _delete_repo(state: HubState, request: Request) -> Response:
    repo_id = _repo_id(state, request.json())
    if state.repos.pop(repo_id, None) is None:
        raise Refusal(404, "Repository not found", "RepoNotFound")
    return json_response({})


def _update_settings(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    body = request.json()
    repo.private = body.get("visibility", "private" if repo.private else "public") == "private"
    return json_response({"private": repo.private})


def _repo_info(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    commit = repo.commit_at(request.groups.get("rev", "main"))
    return json_response(_info(repo, commit, with_blobs=request.flag("blobs")))


def _info(repo: Repo, commit: Commit, *, with_blobs: bool) -> dict[str, object]:
    return {
        "_id": commit.history()[-1].oid[:24],
        "id": repo.repo_id,
        "modelId": repo.repo_id,
        "author": repo.repo_id.split("/")[0],
        "sha": commit.oid,
        "lastModified": commit.date,
        "createdAt": commit.history()[-1].date,
        "private": repo.private,
        "gated": "auto" if repo.admitted is not None else False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "siblings": [_sibling(commit, path, with_blobs=with_blobs) for path in sorted(commit.tree)],
    }


def _sibling(commit: Commit, path: str, *, with_blobs: bool) -> dict[str, object]:
    if not with_blobs:
        return {"rfilename": path}
    file = commit.tree[path]
    sibling: dict[str, object] = {"rfilename": path, "size": file.size, "blobId": file.oid}
    if isinstance(file, LargeFile):
        sibling["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
    return sibling


def _auth_check(state: HubState, request: Request) -> Response:
    state.repo_for(request)
    return json_response({})


ROUTES = (
    Route("GET", r"/api/whoami-v2", _whoami),
    Route("POST", r"/api/repos/create", _create_repo, Access.WRITE),
    Route("DELETE", r"/api/repos/delete", _delete_repo, Access.WRITE),
    Route("PUT", rf"{API}/settings", _update_settings, Access.WRITE),
    Route("GET", rf"{API}/auth-check", _auth_check),
    Route("GET", API, _repo_info),
    Route("GET", rf"{API}/revision/{REV}", _repo_info),
)
