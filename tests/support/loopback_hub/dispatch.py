"""From a request to its answer: the table of all routes."""

import re
from contextlib import nullcontext

from tests.support.loopback_hub import (
    account_routes,
    commit_routes,
    download_routes,
    oidc_routes,
    ref_routes,
    transfer_routes,
    tree_routes,
)
from tests.support.loopback_hub.routing import authorize
from tests.support.loopback_hub.state import HubState
from tests.support.loopback_hub.wire import Refusal, Request, Response

_ROUTES = (
    *account_routes.ROUTES,
    *ref_routes.ROUTES,
    *tree_routes.ROUTES,
    *commit_routes.ROUTES,
    *transfer_routes.ROUTES,
    *download_routes.ROUTES,
    *oidc_routes.ROUTES,
)


def answer(state: HubState, request: Request) -> Response:
    """What the Hub says to a request.

    Raises:
        Refusal: when it says no.
    """
    if (moved := _moved(state, request)) is not None:
        return moved
    for route in _ROUTES:
        matched = route.matched(request)
        if matched is not None:
            authorize(state, matched, route.access)
            with state.lock if route.locked else nullcontext():
                return route.handler(state, matched)
    raise Refusal(404, f"this server has no route for {request.method} {request.path}", "NoSuchRoute")


def _moved(state: HubState, request: Request) -> Response | None:
    """The way to where a renamed repository is now, as the Hub shows it."""
    match = re.match(r"(/api/models/|/)([^/]+/[^/]+)", request.path)
    new = state.renamed.get(match[2]) if match else None
    if match is None or new is None:
        return None
    return Response(307, {"Location": f"{match[1]}{new}{request.target[match.end() :]}"})
