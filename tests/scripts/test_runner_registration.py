"""A registration for one job: what is asked of GitHub, and what comes of each answer. The server is on loopback."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.scripts.machines import TOKEN

REGISTER = Path(__file__).parents[2] / "scripts" / "runner" / "register.py"


class GitHub(ThreadingHTTPServer):
    """Answers every request with `status` and `body`, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = 201
        self.body = json.dumps({"runner": {"id": 1}, "encoded_jit_config": "eyJhIjoiYiJ9=="}).encode()
        self.location = ""
        self.asked: list[tuple[str, dict[str, str], dict[str, object]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: GitHub

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def register(tmp_path: Path, url: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    settings = tmp_path / "runner.conf"
    settings.write_text(f"repository=acme/zoo\nserver_url={url}\nlabels=gpu,big\n")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    out = tmp_path / "run" / "jit.env"
    command = [sys.executable, "-I", str(REGISTER), str(settings), str(tmp_path / "token"), str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60), out


def test_the_registration_is_written_where_only_root_can_read_it(github: GitHub, tmp_path: Path) -> None:
    result, out = register(tmp_path, github.url)

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert out.read_text() == "ACTIONS_RUNNER_INPUT_JITCONFIG=eyJhIjoiYiJ9==\n"
    assert [oct(path.stat().st_mode & 0o777) for path in (out, out.parent)] == ["0o600", "0o700"]
    assert list(out.parent.iterdir()) == [out]


def test_what_is_asked_for_is_one_runner_of_this_repository_with_the_labels(github: GitHub, tmp_path: Path) -> None:
    register(tmp_path, github.url)

    ((path, headers, body),) = github.asked
    assert path == "/api/v3/repos/acme/zoo/actions/runners/generate-jitconfig"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body["labels"][0] == "self-hosted"  # type: ignore[index]
    assert body["labels"][-2:] == ["gpu", "big"]  # type: ignore[index]
    assert (body["runner_group_id"], body["work_folder"]) == (1, "_work")


def test_two_registrations_have_two_names(github: GitHub, tmp_path: Path) -> None:
    register(tmp_path, github.url)
    register(tmp_path, github.url)

    first, second = (body["name"] for _, _, body in github.asked)
    assert first != second


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
def test_a_refusal_is_told_with_what_the_token_needs_and_without_the_token(
    github: GitHub, tmp_path: Path, status: int
) -> None:
    github.status = status

    result, out = register(tmp_path, github.url)

    assert result.returncode == 1
    assert result.stderr.startswith(f"register: found HTTP {status}, expected a registration from {github.url}/")
    assert "'Administration: read and write'" in result.stderr
    assert TOKEN not in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_follows_no_redirect(github: GitHub, tmp_path: Path, status: int) -> None:
    github.status = status
    github.location = f"{github.url}/elsewhere"

    result, _ = register(tmp_path, github.url)

    assert f"found HTTP {status}" in result.stderr
    assert len(github.asked) == 1


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"encoded_jit_config": ""}', b'{"encoded_jit_config": "a\\nLD_PRELOAD=/evil"}'],
    ids=["nothing", "an empty one", "a second variable"],
)
def test_an_answer_without_a_registration_is_no_registration(github: GitHub, tmp_path: Path, body: bytes) -> None:
    github.body = body

    result, out = register(tmp_path, github.url)

    assert result.returncode == 1
    assert "register: found no registration in the answer" in result.stderr
    assert not out.exists()


def test_an_answer_that_is_no_json_is_tried_again(github: GitHub, tmp_path: Path) -> None:
    github.body = b"<html>"

    result, _ = register(tmp_path, github.url)

    assert result.returncode == 1
    assert "; systemd tries again" in result.stderr


def test_a_server_that_is_not_there_is_tried_again(github: GitHub, tmp_path: Path) -> None:
    github.server_close()
    github.shutdown()

    result, out = register(tmp_path, github.url)

    assert result.returncode == 1
    assert "; systemd tries again" in result.stderr
    assert not out.exists()
