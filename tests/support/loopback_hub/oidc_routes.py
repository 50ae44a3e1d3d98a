"""Keyless login: an issuer of identity tokens, as GitHub runs for its jobs, and the Hub's exchange for one of its own.

The steps are those of https://huggingface.co/docs/hub/trusted-publishers. Identity tokens are signed with a key that
both ends here share; the real ones check each other's public keys, and nothing else of the exchange differs.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time

from tests.support.loopback_hub.routing import Access, Route
from tests.support.loopback_hub.state import HubState
from tests.support.loopback_hub.trust import Minted
from tests.support.loopback_hub.wire import Refusal, Request, Response, json_response

ISSUER_PATH = "/_github/identity"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_KEY = secrets.token_bytes(32)
_LIFETIME_S = 3600


def _identity(state: HubState, request: Request) -> Response:
    """What GitHub tells a job that shows its request token: who it is, for one audience."""
    job = state.jobs.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if job is None:
        raise Refusal(401, "found no job with this request token")
    audience = request.query.get("audience", [""])[0]
    claims = {**job.claims(), "aud": audience, "exp": time.time() + _LIFETIME_S}
    return json_response({"value": _signed(claims)})


def _exchange(state: HubState, request: Request) -> Response:
    body = request.json()
    if body.get("grant_type") != _EXCHANGE:
        raise Refusal(400, "invalid_request: grant_type")
    claims = _verified(str(body.get("subject_token")), state.endpoint)
    resource = str(body.get("resource"))
    publisher = state.publishers.get(resource)
    if publisher is None or not publisher.trusts(claims):
        raise Refusal(400, f"invalid_grant: no trusted publisher of {resource} matches the claims")
    token = f"hf_jwt_{secrets.token_hex(16)}"
    state.minted[token] = Minted(resource, time.monotonic() + _LIFETIME_S)
    return json_response({"access_token": token, "token_type": "bearer", "expires_in": _LIFETIME_S})


def _signed(claims: dict[str, object]) -> str:
    body = f"{_encoded({'alg': 'HS256'})}.{_encoded(claims)}"
    return f"{body}.{base64.urlsafe_b64encode(_signature(body)).decode()}"


def _verified(token: str, audience: str) -> dict[str, object]:
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(base64.urlsafe_b64encode(_signature(body)).decode(), signature):
        raise Refusal(400, "invalid_grant: the signature of the identity token is not its issuer's")
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(body.partition(".")[2]))
    if claims["aud"] != audience or not isinstance(claims["exp"], float) or claims["exp"] < time.time():
        raise Refusal(400, "invalid_grant: the identity token is for somebody else, or too old")
    return claims


def _signature(body: str) -> bytes:
    return hmac.new(_KEY, body.encode(), hashlib.sha256).digest()


def _encoded(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


ROUTES = (
    Route("GET", ISSUER_PATH, _identity, Access.OPEN),
    Route("POST", r"/oauth/token", _exchange, Access.OPEN),
)
