"""`LoopbackGitHub`: state and server in one, as tests use it."""

from types import TracebackType

from tests.support.loopback_github.routes import answer
from tests.support.loopback_github.state import REPOSITORY, GitHubState
from tests.support.loopback_hub import Faults, RequestLog
from tests.support.loopback_hub.server import LoopbackServer


class LoopbackGitHub:
    """A GitHub that lives as long as the `with` block.

    Attributes:
        endpoint: URL for `GITHUB_API_URL`.
        state: what it holds, to look into and to change.
        log: every request.
        faults: what is to go wrong.
    """

    def __init__(self) -> None:
        """Make a server that answers from `__enter__` on."""
        self.state = GitHubState()
        self._server = LoopbackServer(lambda request: answer(self.state, request))
        self.endpoint: str = self._server.url
        self.state.endpoint = self.endpoint
        connection = self._server.RequestHandlerClass
        # The Hub has no PATCH, so its server knows none.
        patching = type("Connection", (connection,), {"do_PATCH": getattr(connection, "do_POST")})  # noqa: B009  # typed
        self._server.RequestHandlerClass = patching
        self.log: RequestLog = self._server.log
        self.faults: Faults = self._server.faults

    def __enter__(self) -> "LoopbackGitHub":
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        if self._server.crashes and error is None:
            raise AssertionError("the loopback GitHub has a defect:\n" + "\n".join(self._server.crashes))


def environment_of(github: LoopbackGitHub, token: str | None) -> dict[str, str]:
    """What a workflow's process has, pointed at a loopback GitHub."""
    here = {"GITHUB_API_URL": github.endpoint, "GITHUB_REPOSITORY": REPOSITORY, "NO_PROXY": "127.0.0.1"}
    return {**here, **({"GITHUB_TOKEN": token} if token else {})}
