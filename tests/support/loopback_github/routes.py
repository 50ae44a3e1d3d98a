"""From a request to its answer: what is there, who may have it, and what GitHub calls it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.support.loopback_github.state import (
    BLOB_SECRET,
    REPOSITORY,
    Account,
    GitHubState,
    StoredComment,
    StoredIssue,
)
from tests.support.loopback_hub.wire import Refusal, Request, Response, json_response

_Handler = Callable[[GitHubState, Request, Account], Response]
_NOBODY = Account("", frozenset())


@dataclass(frozen=True)
class _Route:
    method: str
    pattern: str
    handler: _Handler
    needs: str = ""
    """What the account must be allowed to; nothing for what everybody sees."""


def answer(state: GitHubState, request: Request) -> Response:
    """What GitHub says to a request."""
    try:
        account = _account(state, request)
        for route in _ROUTES:
            match = re.fullmatch(route.pattern, request.path) if request.method == route.method else None
            if match:
                _require(account, route.needs)
                with state.lock:
                    return route.handler(state, request.with_groups(match), account)
        raise Refusal(404, "Not Found")
    except Refusal as refusal:
        return json_response({"message": refusal.message}, status=refusal.status, headers=refusal.headers)


def _account(state: GitHubState, request: Request) -> Account:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return _NOBODY
    if scheme != "Bearer" or token not in state.accounts:
        raise Refusal(401, "Bad credentials")
    return state.accounts[token]


def _require(account: Account, needed: str) -> None:
    if needed and account is _NOBODY:
        raise Refusal(401, "Requires authentication")
    if needed and needed not in account.may:
        raise Refusal(403, "Resource not accessible by integration")


def _user(state: GitHubState, request: Request, account: Account) -> Response:
    _require(account, "" if account.login else "login")
    if account.is_app:
        raise Refusal(403, "Resource not accessible by integration")
    return json_response({"login": account.login, "type": "User"})


def _page(state: GitHubState, request: Request, items: Sequence[object], key: str = "") -> Response:
    size = min(int(request.query.get("per_page", ["30"])[0]), state.page_size)
    number = int(request.query.get("page", ["1"])[0])
    shown = list(items[(number - 1) * size : number * size])
    headers = {}
    if number * size < len(items):
        others = "".join(f"{name}={values[0]}&" for name, values in request.query.items() if name != "page")
        headers["Link"] = f'<{state.endpoint}{request.path}?{others}page={number + 1}>; rel="next"'
    value: object = {"total_count": len(items), key: shown} if key else shown
    return json_response(value, headers=headers)


def _issues(state: GitHubState, request: Request, account: Account) -> Response:
    wanted = [label for label in request.query.get("labels", [""])[0].split(",") if label]
    states = {"all": ("open", "closed")}.get(request.query.get("state", ["open"])[0], ("open",))
    found = [each for each in state.issues if set(wanted) <= set(each.labels) and each.state in states]
    return _page(state, request, [_issue(each) for each in found])


def _open(state: GitHubState, request: Request, account: Account) -> Response:
    body = request.json()
    labels = body.get("labels", [])
    assert isinstance(labels, list)
    issue = state.add_issue(account.login, str(body["title"]), str(body["body"]), *map(str, labels))
    state.labels |= set(issue.labels)
    return json_response(_issue(issue), status=201)


def _read(state: GitHubState, request: Request, account: Account) -> Response:
    return json_response(_issue(_found(state, request)))


def _edit(state: GitHubState, request: Request, account: Account) -> Response:
    issue, body = _found(state, request), request.json()
    issue.body = str(body["body"]) if "body" in body else issue.body
    issue.state = str(body.get("state", issue.state))
    issue.state_reason = str(body.get("state_reason", issue.state_reason))
    return json_response(_issue(issue))


def _comments(state: GitHubState, request: Request, account: Account) -> Response:
    return _page(state, request, [_comment(each) for each in _found(state, request).comments])


def _write_comment(state: GitHubState, request: Request, account: Account) -> Response:
    comment = state.add_comment(_found(state, request), account.login, str(request.json()["body"]))
    return json_response(_comment(comment), status=201)


def _edit_comment(state: GitHubState, request: Request, account: Account) -> Response:
    number = int(request.groups["number"])
    comment = next(each for issue in state.issues for each in issue.comments if each.id == number)
    if comment.author != account.login:
        raise Refusal(403, "Must have admin rights to Repository.")
    comment.body = str(request.json()["body"])
    return json_response(_comment(comment))


def _label(state: GitHubState, request: Request, account: Account) -> Response:
    if request.groups["name"] not in state.labels:
        raise Refusal(404, "Not Found")
    return json_response({"name": request.groups["name"]})


def _make_label(state: GitHubState, request: Request, account: Account) -> Response:
    name = str(request.json()["name"])
    if name in state.labels:
        raise Refusal(422, "Validation Failed")
    state.labels.add(name)
    return json_response({"name": name}, status=201)


def _variables(state: GitHubState, request: Request, account: Account) -> Response:
    found = state.organization_variables if "organization" in request.path else state.variables
    if found is None:
        raise Refusal(404, "Not Found")
    return _page(state, request, [{"name": name, "value": value} for name, value in found.items()], "variables")


def _environment(state: GitHubState, request: Request, account: Account) -> Response:
    if request.groups["name"] not in state.environments:
        raise Refusal(404, "Not Found")
    return json_response({"name": request.groups["name"], **state.environments[request.groups["name"]]})


def _policies(state: GitHubState, request: Request, account: Account) -> Response:
    named = [{"id": number, "name": name, "type": "branch"} for number, name in enumerate(state.branch_policies)]
    return _page(state, request, named, "branch_policies")


def _workflows(state: GitHubState, request: Request, account: Account) -> Response:
    listed = [{"id": n, "path": path, "state": said} for n, (path, said) in enumerate(state.workflows.items())]
    return _page(state, request, listed, "workflows")


def _attestations(state: GitHubState, request: Request, account: Account) -> Response:
    found = state.attestations.get(request.groups["sha256"])
    if not found:
        raise Refusal(404, "Not Found")
    return _page(state, request, found, "attestations")


def _blob(state: GitHubState, request: Request, account: Account) -> Response:
    # The storage that GitHub uses refuses a request that has both a signed address and a token.
    if request.query.get("sig") != [BLOB_SECRET] or "Authorization" in request.headers:
        raise Refusal(403, "Server failed to authenticate the request.")
    return Response(200, {"Content-Type": "application/x-snappy"}, state.blobs[request.path])


def _found(state: GitHubState, request: Request) -> StoredIssue:
    number = int(request.groups["number"])
    if not 0 < number <= len(state.issues):
        raise Refusal(404, "Not Found")
    return state.issues[number - 1]


def _issue(issue: StoredIssue) -> dict[str, object]:
    return {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "user": {"login": issue.author},
        "labels": [{"name": label} for label in issue.labels],
        **({"pull_request": {"url": "x"}} if issue.is_pull_request else {}),
    }


def _comment(comment: StoredComment) -> dict[str, object]:
    return {"id": comment.id, "body": comment.body, "user": {"login": comment.author}}


_REPO = f"/repos/{re.escape(REPOSITORY)}"
_NUMBER = r"(?P<number>\d+)"
_NAME = r"(?P<name>[^/]+)"
_ROUTES = (
    _Route("GET", "/user", _user),
    _Route("GET", _REPO, lambda state, *_: json_response(state.facts)),
    _Route("GET", f"{_REPO}/issues", _issues),
    _Route("POST", f"{_REPO}/issues", _open, "issues"),
    _Route("GET", f"{_REPO}/issues/{_NUMBER}", _read),
    _Route("PATCH", f"{_REPO}/issues/{_NUMBER}", _edit, "issues"),
    _Route("GET", f"{_REPO}/issues/{_NUMBER}/comments", _comments),
    _Route("POST", f"{_REPO}/issues/{_NUMBER}/comments", _write_comment, "issues"),
    _Route("PATCH", f"{_REPO}/issues/comments/{_NUMBER}", _edit_comment, "issues"),
    _Route("GET", f"{_REPO}/labels/{_NAME}", _label),
    _Route("POST", f"{_REPO}/labels", _make_label, "issues"),
    _Route("GET", f"{_REPO}/actions/(organization-)?variables", _variables, "variables"),
    _Route("GET", f"{_REPO}/environments/{_NAME}", _environment),
    _Route("GET", f"{_REPO}/environments/{_NAME}/deployment-branch-policies", _policies),
    _Route("GET", f"{_REPO}/rules/branches/main", lambda state, request, _: _page(state, request, state.rules)),
    _Route(
        "GET",
        f"{_REPO}/branches/main",
        lambda state, *_: json_response({"name": "main", "protection": state.protection}),
    ),
    _Route(
        "GET",
        f"{_REPO}/actions/permissions/fork-pr-contributor-approval",
        lambda state, *_: json_response({"approval_policy": state.approval_policy}),
        "admin",
    ),
    _Route(
        "GET",
        f"{_REPO}/actions/runners",
        lambda state, request, _: _page(state, request, state.runners, "runners"),
        "admin",
    ),
    _Route("GET", f"{_REPO}/actions/workflows", _workflows),
    _Route("GET", f"{_REPO}/attestations/sha256:(?P<sha256>[0-9a-f]{{64}})", _attestations),
    _Route("GET", r"/blobs/\d+\.json\.sn", _blob),
    _Route("GET", f"{_REPO}/codeowners/errors", lambda state, *_: json_response({"errors": state.codeowner_errors})),
)
