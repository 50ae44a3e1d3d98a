"""One version of a model on Civitai: https://github.com/civitai/civitai/wiki/REST-API-Reference."""

from urllib.parse import urlencode

from converter.registry import CivitaiSource, identity_of
from converter.sources.policy import CivitaiAccess
from converter.sources.wanted import Wanted
from converter.sources.web import Address

_LOGIN = (
    "check the number in the model's download link, and set CIVITAI_TOKEN to an API key of an account that may "
    "download it"
)


def civitai_file(source: CivitaiSource, access: CivitaiAccess, sha256: str | None) -> Wanted:
    """The file that the version and the query name.

    The token is a header, although Civitai takes it in the query as well: addresses end up in logs.
    """
    query = f"?{urlencode(source.query)}" if source.query else ""
    url = f"{access.endpoint}/api/download/models/{source.version_id}{query}"
    secrets = {"Authorization": f"Bearer {access.token}"} if access.token else {}
    return Wanted(identity_of(source), source.display(), Address(url, secrets), sha256, _LOGIN)
