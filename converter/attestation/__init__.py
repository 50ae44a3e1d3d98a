"""What attestations of a release claim, and whether that is what `release.yml` of its repository would claim.

`look` has GitHub asked and gives `Seen`: of each attestation `Fits`, `Differs` or `Unreadable`. The rest is pure. No
signature is checked here, so a claim proves nothing by itself: its text is a stranger's; `checking_command` is how the
signature is checked.
"""

from converter.attestation.advice import checking_command, worth
from converter.attestation.claims import AttestationError, Claims, read_claims
from converter.attestation.judging import REF, WORKFLOW, Differs, Expected, Fits, judge
from converter.attestation.look import MOST_ATTESTATIONS, Judged, Seen, Unreadable, look

__all__ = [
    "MOST_ATTESTATIONS",
    "REF",
    "WORKFLOW",
    "AttestationError",
    "Claims",
    "Differs",
    "Expected",
    "Fits",
    "Judged",
    "Seen",
    "Unreadable",
    "checking_command",
    "judge",
    "look",
    "read_claims",
    "worth",
]
