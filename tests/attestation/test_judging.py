"""Which claims are those of a release, and what is said of the others."""

from dataclasses import replace
from typing import Any

import pytest

from converter.attestation import Differs, Expected, Fits, checking_command, judge, read_claims, worth
from converter.github import Repository
from tests.support.loopback_github import bundle_of, statement_of

DIGEST = "ab" * 32
EXPECTED = Expected(DIGEST, Repository("acme", "zoo-maker"))
SIGNED = ".github/workflows/release.yml@refs/heads/main"
GOOD = read_claims(bundle_of(statement_of(DIGEST)))


def judged(**claims: Any) -> Fits | Differs:
    return judge(read_claims(bundle_of(statement_of(DIGEST, **claims))), EXPECTED)


@pytest.mark.parametrize("runner", ["self-hosted", "github-hosted"])
@pytest.mark.parametrize("repository", ["acme/zoo-maker", "Acme/Zoo-Maker"])
def test_claims_of_the_release_workflow_fit_whatever_the_case_of_the_name(runner: str, repository: str) -> None:
    assert isinstance(judged(runner=runner, repository=repository), Fits)


def test_one_of_several_subjects_is_enough() -> None:
    claims = read_claims(bundle_of(statement_of("01" * 32, DIGEST)))
    assert judge(claims, EXPECTED) == Fits(claims)


@pytest.mark.parametrize(
    ("claims", "differences"),
    [
        (
            {"repository": "evil/zoo-maker"},
            [
                "repository: found https://github.com/evil/zoo-maker, expected https://github.com/acme/zoo-maker",
                f"signer: found https://github.com/evil/zoo-maker/{SIGNED}, "
                f"expected https://github.com/acme/zoo-maker/{SIGNED}",
            ],
        ),
        (
            {"signer": f"evil/x/{SIGNED}"},
            [f"signer: found https://github.com/evil/x/{SIGNED}, expected https://github.com/acme/zoo-maker/{SIGNED}"],
        ),
        (
            {"predicate_type": "https://spdx.dev/Document"},
            ["predicate: found https://spdx.dev/Document, expected https://slsa.dev/provenance/v1"],
        ),
        ({"runner": "mars"}, ["runner: found mars, expected github-hosted or self-hosted"]),
    ],
)
def test_other_claims_are_said_with_what_was_expected(claims: dict[str, str], differences: list[str]) -> None:
    found = judged(**claims)
    assert isinstance(found, Differs)
    assert list(found.differences) == differences


@pytest.mark.parametrize(
    ("signed", "which"),
    [
        (".github/workflows/ci.yml@refs/heads/main", ["workflow", "signer"]),
        (".github/workflows/Release.yml@refs/heads/main", ["workflow", "signer"]),
        (".github/workflows/release.yml@refs/heads/mine", ["ref", "signer"]),
        (".github/workflows/release.yml@refs/tags/refs/heads/main", ["ref", "signer"]),
    ],
)
def test_another_workflow_or_branch_is_another_claim(signed: str, which: list[str]) -> None:
    found = judged(signed=signed)
    assert isinstance(found, Differs)
    assert [each.partition(":")[0] for each in found.differences] == which


def test_a_name_that_only_begins_with_ours_is_another_repository() -> None:
    assert isinstance(judged(repository="acme/zoo-maker2"), Differs)


@pytest.mark.parametrize("commit", ["", "main", "C0FFEE" * 6 + "BEEF", "ab" * 19, "ab" * 20 + "\n"])
def test_a_commit_is_a_commit(commit: str) -> None:
    found = judge(replace(GOOD, commit=commit), EXPECTED)
    assert isinstance(found, Differs)
    assert found.differences[0].startswith("commit: found")


def test_an_attestation_of_something_else_is_said_with_a_few_of_its_digests() -> None:
    others = frozenset(f"{number:064x}" for number in range(5))
    found = judge(replace(GOOD, subjects=others), EXPECTED)
    assert isinstance(found, Differs)
    (difference,) = found.differences
    assert difference == (
        f"subject: found sha256:{0:064x}, sha256:{1:064x}, sha256:{2:064x} and 2 more, expected sha256:{DIGEST}"
    )


def test_what_is_not_said_is_called_none() -> None:
    found = judge(read_claims(bundle_of({**statement_of(), "predicate": {}})), EXPECTED)
    assert isinstance(found, Differs)
    assert [each.partition(", expected")[0] for each in found.differences] == [
        "repository: found none",
        "workflow: found none",
        "ref: found none",
        "signer: found none",
        "subject: found none",
        "commit: found none",
        "runner: found none",
    ]


def test_the_command_that_checks_names_workflow_and_branch() -> None:
    assert checking_command("SHA256SUMS", EXPECTED) == (
        "gh attestation verify SHA256SUMS --repo acme/zoo-maker "
        "--signer-workflow acme/zoo-maker/.github/workflows/release.yml --source-ref refs/heads/main"
    )


def test_the_command_for_a_server_of_ones_own_names_its_host() -> None:
    expected = replace(EXPECTED, server="https://acme.ghe.com")
    assert checking_command("SHA256SUMS", expected).endswith(" --hostname acme.ghe.com")


def test_a_path_cannot_be_more_than_a_path_in_the_command() -> None:
    assert " 'a; touch b/SHA256SUMS' --repo " in checking_command("a; touch b/SHA256SUMS", EXPECTED)


def test_what_was_made_on_a_machine_of_ones_own_is_worth_less() -> None:
    assert worth(GOOD).startswith("SLSA Build L2 at best: ")
    assert "self-hosted" in worth(GOOD)
    assert "self-hosted" not in worth(replace(GOOD, runner="github-hosted"))
