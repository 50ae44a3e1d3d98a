"""What the Hub's client complains about, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from converter.sources.errors import SourceError, SourceUnreachable


@contextmanager
def explained(repo: str, revision: str | None) -> Iterator[None]:
    """Turn the client's errors into ours: which repository, what is wrong with it, what to do.

    Raises:
        SourceError: it is missing, private or gated, or has no such revision.
        SourceUnreachable: the Hub does not answer.
    """
    from huggingface_hub import errors

    at = f"{repo}@{revision}" if revision else repo
    try:
        yield
    except errors.GatedRepoError as error:
        raise SourceError(
            f"{at}: gated; accept its terms on the Hub and set HF_TOKEN to a token that may read it"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise SourceError(
            f"{repo}: there is no revision {revision!r}; expected a branch, tag or commit of it"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise SourceError(
            f"{at}: missing, or private, which looks the same; check the name, write ./{repo} for a local folder, "
            "or set HF_TOKEN to a token that may read it"
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (408, 429) or status >= 500:
            raise SourceUnreachable(f"{at}: the Hub answered {status}; try again later") from error
        raise SourceError(
            f"{at}: the Hub answered {status}, expected the repository; check the name and HF_TOKEN"
        ) from error
    except (errors.LocalEntryNotFoundError, ConnectionError, TimeoutError, _network_error()) as error:
        raise SourceUnreachable(f"{at}: the Hub does not answer ({type(error).__name__}); try again later") from error


def _network_error() -> type[Exception]:
    """The base of what the client's HTTP library raises when there is no answer."""
    import httpx2

    base: type[Exception] = httpx2.TransportError
    return base
