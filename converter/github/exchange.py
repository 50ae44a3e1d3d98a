"""One request and its answer, whatever that is, with an end to its size.

The standard library's client: there are few requests, and no redirect may be followed, because the token would follow.
"""

import http.client
from urllib.request import HTTPErrorProcessor, Request, build_opener

from converter.github.answers import Asked, Reply, TryAgain
from converter.github.errors import GitHubError


class _AsItIs(HTTPErrorProcessor):
    """Every answer is given back, so no redirect is followed and no status is an exception."""

    def http_response(self, request: Request, response: http.client.HTTPResponse) -> http.client.HTTPResponse:
        del request  # the base class looks at it
        return response

    https_response = http_response


class Exchange:
    """Makes requests."""

    def __init__(self, timeout_s: float) -> None:
        """Nothing is asked yet."""
        self._opener, self._timeout_s = build_opener(_AsItIs()), timeout_s

    def once(self, request: Request, asked: Asked, most_bytes: int) -> Reply | TryAgain:
        """The answer, or that there is none.

        Raises:
            GitHubError: it is longer than `most_bytes`.
        """
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                data = response.read(most_bytes + 1)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            return TryAgain(f"no answer ({type(reason).__name__})", None, may_be_done=True)
        if len(data) > most_bytes:
            raise GitHubError(f"GitHub: {asked.what}: found more than {most_bytes:,} bytes, expected less; report it")
        return Reply(response.status, response.headers, data)
