"""A route: which requests it takes, who may make them, and what answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tests.support.loopback_hub.state import HubState
from tests.support.loopback_hub.wire import Refusal, Request, Response

Handler = Callable[[HubState, Request], Response]

REPO = r"(?P<repo>[^/]+/[^/]+)"
REV = r"(?P<rev>[^/]+)"
API = rf"/api/models/{REPO}"


class Access(Enum):
    """Who may use a route."""

    OPEN = auto()
    """Anyone who knows the URL, as with pre-signed storage URLs; a token is not even looked at."""
    READ = auto()
    """Anyone, but a token that is sent must be good."""
    WRITE = auto()
    """Holders of a token."""


@dataclass(frozen=True)
class Route:
    """One row of the table."""

    method: str
    pattern: str
    """For the whole raw path: a revision's `/` arrives as `%2F`, so `[^/]+` takes a whole one."""
    handler: Handler
    access: Access = Access.READ
    locked: bool = True
    """Hold the state's lock meanwhile; not for transfers, which are long and touch no repository."""

    def matched(self, request: Request) -> Request | None:
        """The request with its path taken apart, if it is for this route."""
        match = re.fullmatch(self.pattern, request.path) if request.method == self.method else None
        return request.with_groups(match) if match else None


def authorize(state: HubState, request: Request, access: Access) -> None:
    """Check the token.

    The messages are the Hub's. For a 401 without the first one the client raises `RepositoryNotFoundError`, but only if
    the URL is an `https://` one: a loopback server has to name that error.

    Raises:
        Refusal: 401; 403 for a token that was made for another repository.
    """
    scope = state.scope_of(request)
    if access is Access.WRITE and scope is not None and request.groups.get("repo") != scope:
        raise Refusal(403, f"This token is for {scope} only")
    if access is Access.OPEN or state.is_known(request):
        return
    if request.headers.get("Authorization"):
        raise Refusal(401, "Invalid credentials in Authorization header", "InvalidCredentials")
    if access is Access.WRITE:
        raise Refusal(401, "Invalid username or password.", "RepoNotFound")
