"""From a request to its answer: the table of all routes."""

from contextlib import nullcontext

from tests.support.loopback_hub import (
    account_routes,
    commit_routes,
    download_routes,
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
)


def answer(state: HubState, request: Request) -> Response:
    """What the Hub says to a request.

    Raises:
        Refusal: when it says no.
    """
    for route in _ROUTES:
        matched = route.matched(request)
        if matched is not None:
            authorize(state, matched, route.access)
            with state.lock if route.locked else nullcontext():
                return route.handler(state, matched)
    raise Refusal(404, f"this server has no route for {request.method} {request.path}", "NoSuchRoute")
