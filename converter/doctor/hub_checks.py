"""The checks about the Hugging Face Hub. Pure."""

from collections.abc import Iterator

from converter.doctor.answers import Absent, Silent, Surroundings, Told, Untold, Writer
from converter.doctor.verdicts import Check, Missing, NoAnswer, NotKnown, Ok, Verdict
from converter.hub import HubAddressError, HuggingFaceAddress, parse_hub

_PUBLISHER = "trusted publisher"


def hub_checks(around: Surroundings, address: str | None) -> Iterator[Check]:
    """Where releases go, whether it is there, and who may write to it."""
    if address is None:
        why = "no address of a hub is known here; give --hub hf:ORGANISATION/REPOSITORY"
        yield Check("hub", NotKnown(why, f"{around.hub_page}/new"))
        return
    repo_id = repo_id_of(address)
    if repo_id is None:
        text = f"found {address!r}, expected hf:ORGANISATION/REPOSITORY: runners forget every folder"
        yield Check("hub", Missing(text, f"{around.hub_page}/new"))
        return
    yield Check("hub", _there(around, repo_id))
    yield Check("HF_TOKEN", _token(around, repo_id))
    yield Check(_PUBLISHER, _publisher(around, repo_id))


def repo_id_of(address: str) -> str | None:
    """The repository of the Hub that an address is of; `None` for a folder, and for what is no address."""
    try:
        hub = parse_hub(address)
    except HubAddressError:
        return None
    return hub.repo_id if isinstance(hub, HuggingFaceAddress) else None


def _there(around: Surroundings, repo_id: str) -> Verdict:
    new = f"{around.hub_page}/new"
    answers = around.hub_answers
    if answers is None:
        return NotKnown("the hub was not asked", f"{around.hub_page}/{repo_id}")
    match answers.main:
        case Told():
            return Ok(f"{repo_id} is a model repository of the Hub")
        case Absent():
            return Missing(f"the Hub has no model repository {repo_id}; make it", new)
        case Untold() if answers.writer is None:
            # To who has no token the Hub says the same of what is private and of what is not there.
            return Missing(
                f"the Hub shows no model repository {repo_id} to everybody; make it, and make it public", new
            )
        case Untold(why):
            return NotKnown(why, f"{around.hub_page}/{repo_id}")
        case Silent(why):
            return NoAnswer(why)


def _token(around: Surroundings, repo_id: str) -> Verdict:
    where = f"{around.hub_page}/settings/tokens"
    answers = around.hub_answers
    if answers is None or answers.writer is None:
        return NotKnown("not set here, which is right for keyless publishing", where)
    match answers.writer:
        case Told(writer):
            return _may_write(writer, repo_id, where)
        case Silent(why):
            return NoAnswer(why)
        case Untold(why):
            return Missing(f"it is set, but {why}", where)
        case Absent():
            return NotKnown("the Hub does not say whose it is", where)


def _may_write(writer: Writer, repo_id: str, where: str) -> Verdict:
    owner = repo_id.partition("/")[0]
    if writer.role == "read":
        return Missing(f"it is of {writer.name} and may only read; make one that may write to {repo_id}", where)
    if writer.role == "fineGrained":
        if {owner, repo_id} & writer.writable:
            return Ok(f"it is of {writer.name} and may write to {repo_id}")
        return Missing(f"it is of {writer.name} and may not write to {repo_id}; add that permission", where)
    if owner == writer.name or owner in writer.organisations:
        return Ok(f"it is of {writer.name}, who may write to {owner}")
    return Missing(f"it is of {writer.name}, who does not belong to {owner}; make one of a member", where)


def _publisher(around: Surroundings, repo_id: str) -> Verdict:
    """Nobody can ask for it: https://huggingface.co/docs/hub/trusted-publishers."""
    claims = f"repository {around.repository or 'OWNER/NAME'}, branch main, workflow release.yml"
    text = f"the Hub does not tell; right after the first release. The claims to enter: {claims}"
    return NotKnown(text, f"{around.hub_page}/{repo_id}/settings")
