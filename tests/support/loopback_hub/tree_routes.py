"""Reading back, without the bytes: listings of a tree and facts about paths."""

from collections.abc import Iterable
from urllib.parse import parse_qs, urlencode

from tests.support.loopback_hub.blobs import git_oid
from tests.support.loopback_hub.repos import Commit, LargeFile, RepoFile
from tests.support.loopback_hub.routing import API, REV, Route
from tests.support.loopback_hub.state import HubState
from tests.support.loopback_hub.wire import Refusal, Request, Response, json_response

Item = dict[str, object]


def _tree(state: HubState, request: Request) -> Response:
    commit = state.repo_for(request).commit_at(request.groups["rev"])
    folder = request.groups.get("path", "").strip("/")
    listed = _below(commit, folder, recursive=request.flag("recursive"))
    if folder and not listed:
        raise Refusal(404, f"found no folder '{folder}'", "EntryNotFound", {"X-Repo-Commit": commit.oid})
    start, size = int(request.query.get("cursor", ["0"])[0]), state.settings.page_size
    headers = {}
    if start + size < len(listed):
        query = {name: values[0] for name, values in request.query.items()} | {"cursor": str(start + size)}
        headers["Link"] = f'<{state.endpoint}{request.path}?{urlencode(query)}>; rel="next"'
    items = _items(state, commit, listed[start : start + size], expand=request.flag("expand"))
    return json_response(items, headers=headers)


def _below(commit: Commit, folder: str, *, recursive: bool) -> list[str]:
    """Files and folders under a folder, by path."""
    prefix = f"{folder}/" if folder else ""
    files = [path for path in commit.tree if path.startswith(prefix)]
    paths = {*files, *(parent for path in files for parent in _parents(path) if parent.startswith(prefix))}
    return sorted(path for path in paths if recursive or "/" not in path.removeprefix(prefix))


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _items(state: HubState, commit: Commit, paths: Iterable[str], *, expand: bool) -> list[Item]:
    items = [_file_item(state, p, commit.tree[p]) if p in commit.tree else _folder_item(commit, p) for p in paths]
    if expand:
        return [{**item, "lastCommit": _last_commit(commit, str(item["path"]))} for item in items]
    return items


def _file_item(state: HubState, path: str, file: RepoFile) -> Item:
    item: Item = {"type": "file", "path": path, "size": file.size, "oid": file.oid}
    if isinstance(file, LargeFile):
        item["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
        if xet_file := state.xet.find(file.sha256):
            item["xetHash"] = xet_file.xet_hash
    return item


def _folder_item(commit: Commit, folder: str) -> Item:
    return {"type": "directory", "path": folder, "size": 0, "oid": _folder_oid(commit, folder)}


def _folder_oid(commit: Commit, folder: str) -> str:
    content = sorted(f"{path}\0{file.oid}" for path, file in commit.tree.items() if path.startswith(f"{folder}/"))
    return git_oid(b"tree", "\n".join(content).encode())


def _last_commit(commit: Commit, path: str) -> Item:
    """The newest commit that changed a file or something in a folder."""

    def content(of: Commit) -> str:
        return of.tree[path].oid if path in of.tree else _folder_oid(of, path)

    changed = commit
    while changed.parent is not None and content(changed.parent) == content(commit):
        changed = changed.parent
    return {"id": changed.oid, "title": changed.title, "date": changed.date}


def _paths_info(state: HubState, request: Request) -> Response:
    commit = state.repo_for(request).commit_at(request.groups["rev"])
    form = parse_qs(request.body.read().decode())
    asked = [path.strip("/") for path in form.get("paths", [])]
    folders = {parent for path in commit.tree for parent in _parents(path)}
    known = [path for path in asked if path in commit.tree or path in folders]
    expand = form.get("expand", ["false"])[0].lower() == "true"
    return json_response(_items(state, commit, known, expand=expand))


ROUTES = (
    Route("GET", rf"{API}/tree/{REV}", _tree),
    Route("GET", rf"{API}/tree/{REV}/(?P<path>.+)", _tree),
    Route("POST", rf"{API}/paths-info/{REV}", _paths_info),
)
