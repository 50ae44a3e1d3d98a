"""What the Hugging Face Hub says of a repository, and of a token."""

from collections.abc import Iterator, Mapping

from converter.doctor.answers import Absent, Answer, HubAnswers, Silent, Told, Untold, Writer
from converter.errors import ExitCode
from converter.hub import HubError, HuggingFaceAddress, open_hub
from converter.hub.huggingface_errors import translated_client_errors
from converter.hub.store import MAIN
from converter.sources import HubAccess

_WRITE = "repo.write"


def hub_answers(repo_id: str, access: HubAccess) -> HubAnswers:
    """Is the repository there, and whose is the token, if there is one?"""
    return HubAnswers(_main(repo_id, access), None if access.token is None else _writer(repo_id, access))


def _main(repo_id: str, access: HubAccess) -> Answer[str]:
    store = open_hub(HuggingFaceAddress(repo_id), endpoint=access.endpoint, token=access.token, root=None)
    try:
        head = store.branch_head(MAIN)
    except HubError as error:
        return _failed(error)
    return Absent() if head is None else Told(head)


def _writer(repo_id: str, access: HubAccess) -> Answer[Writer]:
    from huggingface_hub import HfApi

    try:
        with translated_client_errors(f"hf:{repo_id}", "asking whose HF_TOKEN is"):
            said = HfApi(endpoint=access.endpoint, token=access.token, library_name="onnx-registry").whoami()
    except HubError as error:
        return _failed(error)
    return Told(writer_of(said))


def writer_of(said: Mapping[str, object]) -> Writer:
    """What matters of the answer to `whoami`; what it does not say is empty."""
    token = _object(_object(said, "auth"), "accessToken")
    organisations = frozenset(_text(each, "name") for each in _objects(said, "orgs"))
    return Writer(_text(said, "name"), organisations, _text(token, "role"), frozenset(_writable(token)))


def _writable(token: Mapping[str, object]) -> Iterator[str]:
    for scope in _objects(_object(token, "fineGrained"), "scoped"):
        permissions = scope.get("permissions")
        if isinstance(permissions, list) and _WRITE in permissions:
            yield _text(_object(scope, "entity"), "name")


def _failed(error: HubError) -> Untold | Silent:
    return Silent(str(error)) if error.exit_code is ExitCode.UNREACHABLE else Untold(str(error))


def _object(parent: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = parent.get(key)
    return found if isinstance(found, Mapping) else {}


def _objects(parent: Mapping[str, object], key: str) -> Iterator[Mapping[str, object]]:
    found = parent.get(key)
    return (each for each in found if isinstance(each, Mapping)) if isinstance(found, list) else iter(())


def _text(parent: Mapping[str, object], key: str) -> str:
    found = parent.get(key)
    return found if isinstance(found, str) else ""
