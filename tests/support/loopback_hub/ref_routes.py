"""Branches, tags and history."""

from urllib.parse import urlencode

from tests.support.loopback_hub.repos import Commit
from tests.support.loopback_hub.routing import API, REV, Access, Route
from tests.support.loopback_hub.state import HubState
from tests.support.loopback_hub.wire import Refusal, Request, Response, json_response


def _list_refs(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    listed: dict[str, object] = {
        "branches": [_ref("heads", name, oid) for name, oid in sorted(repo.branches.items())],
        "converts": [],
        "tags": [_ref("tags", name, oid) for name, oid in sorted(repo.tags.items())],
    }
    return json_response({**listed, "pullRequests": []} if request.flag("include_prs") else listed)


def _ref(kind: str, name: str, oid: str) -> dict[str, str]:
    return {"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid}


def _create_branch(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    branch = request.groups["rev"]
    start = repo.commit_at(str(request.json().get("startingPoint", "main")))
    if branch in repo.branches:
        raise Refusal(409, f'Reference already exists: "refs/heads/{branch}"')
    repo.branches[branch] = start.oid
    return json_response({})


def _delete_branch(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    branch = request.groups["rev"]
    if branch == "main":
        raise Refusal(403, "Cannot delete the default branch")
    repo.head(branch)
    del repo.branches[branch]
    return json_response({})


def _create_tag(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    target = repo.commit_at(request.groups["rev"])
    body = request.json()
    tag = str(body["tag"])
    if tag in repo.tags:
        raise Refusal(409, f'Reference already exists: "refs/tags/{tag}"')
    repo.tags[tag] = target.oid
    repo.tag_messages[tag] = str(body.get("message") or "")
    return json_response({})


def _delete_tag(state: HubState, request: Request) -> Response:
    repo = state.repo_for(request)
    if repo.tags.pop(request.groups["rev"], None) is None:
        raise Refusal(404, f"found no tag '{request.groups['rev']}' in {repo.repo_id}", "RevisionNotFound")
    return json_response({})


def _list_commits(state: HubState, request: Request) -> Response:
    history = state.repo_for(request).commit_at(request.groups["rev"]).history()
    page, size = int(request.query.get("p", ["0"])[0]), state.settings.page_size
    commits = history[page * size : (page + 1) * size]
    headers = {}
    if (page + 1) * size < len(history):
        headers["Link"] = f'<{state.endpoint}{request.path}?{urlencode({"p": page + 1})}>; rel="next"'
    return json_response([_told(state, commit) for commit in commits], headers=headers)


def _told(state: HubState, commit: Commit) -> dict[str, object]:
    authors = [{"user": state.settings.user}]
    return {
        "id": commit.oid,
        "title": commit.title,
        "message": commit.message,
        "authors": authors,
        "date": commit.date,
    }


ROUTES = (
    Route("GET", rf"{API}/refs", _list_refs),
    Route("POST", rf"{API}/branch/{REV}", _create_branch, Access.WRITE),
    Route("DELETE", rf"{API}/branch/{REV}", _delete_branch, Access.WRITE),
    Route("POST", rf"{API}/tag/{REV}", _create_tag, Access.WRITE),
    Route("DELETE", rf"{API}/tag/{REV}", _delete_tag, Access.WRITE),
    Route("GET", rf"{API}/commits/{REV}", _list_commits),
)
