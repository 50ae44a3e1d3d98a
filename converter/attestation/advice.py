"""What a person is told about attestations: what they are worth, and how their signature is checked. Pure."""

import shlex
from urllib.parse import urlsplit

from converter.attestation.claims import Claims
from converter.attestation.judging import GITHUB, REF, SELF_HOSTED, WORKFLOW, Expected


def worth(claims: Claims) -> str:
    """What an attestation is good for once its signature was checked.

    https://slsa.dev/spec/v1.0/levels
    """
    if claims.runner == SELF_HOSTED:
        return (
            "SLSA Build L2 at best: it names the commit and the workflow, and was made on a self-hosted runner, whose "
            "owner can have it say so of any bytes"
        )
    return (
        "SLSA Build L2: it names the commit and the workflow; for L3 building and signing would have to be kept apart"
    )


def checking_command(path: str, expected: Expected) -> str:
    """The command that does check the signature.

    https://cli.github.com/manual/gh_attestation_verify
    """
    repository = str(expected.repository)
    words = ["gh", "attestation", "verify", path, "--repo", repository]
    words += ["--signer-workflow", f"{repository}/{WORKFLOW}", "--source-ref", REF]
    if expected.server != GITHUB:
        words += ["--hostname", urlsplit(expected.server).hostname or expected.server]
    return shlex.join(words)
