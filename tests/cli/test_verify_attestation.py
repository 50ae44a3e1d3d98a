"""`verify --attestation` through the real command line, against a loopback GitHub."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.hub import open_hub, parse_hub, publish
from converter.progress import silent
from tests.support.command_line import Ran, run
from tests.support.hostile_text import HOSTILE
from tests.support.loopback_github import (
    COMMIT,
    REPOSITORY,
    LoopbackGitHub,
    bundle_of,
    environment_of,
    packed,
    statement_of,
)
from tests.support.loopback_hub import LoopbackHub, client_environment
from tests.support.release_folders import copied, flipped

SIGNER = f"{REPOSITORY}/.github/workflows/release.yml"


@pytest.fixture
def github() -> Iterator[LoopbackGitHub]:
    with LoopbackGitHub() as found:
        yield found


@pytest.fixture
def root(pico_release: Path, tmp_path: Path) -> Path:
    """A repository with a release in a folder, and in its hub."""
    copied(pico_release, tmp_path / "made")
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    publish(store, pico_release, verified=True, report=silent)
    return tmp_path


@pytest.fixture
def digest(pico_release: Path) -> str:
    return hashlib.sha256((pico_release / "SHA256SUMS").read_bytes()).hexdigest()


def verified(root: Path, github: LoopbackGitHub, *arguments: str) -> Ran:
    return run("verify", "--attestation", *arguments, cwd=root, variables=environment_of(github, None))


def usage(ran: Ran) -> str:
    assert (ran.code, ran.out) == (2, "")
    return " ".join(ran.err.replace("│", "").split())


def test_an_attested_release_says_what_is_claimed_and_what_checks_it(
    root: Path, github: LoopbackGitHub, digest: str
) -> None:
    github.state.add_attestation(digest, packed(bundle_of(statement_of("01" * 32, digest))))
    ran = verified(root, github, "pico")
    assert ran.code == 0
    whole, *lines = ran.out.splitlines()
    assert whole.startswith("pico: pico.v1 is whole: ")
    assert lines[:-1] == [
        f"1 attestation of SHA256SUMS (sha256:{digest}) in {REPOSITORY}",
        "1: claims what is expected",
        "   predicate  https://slsa.dev/provenance/v1",
        f"   workflow   .github/workflows/release.yml@refs/heads/main of https://github.com/{REPOSITORY}",
        f"   commit     {COMMIT}",
        "   runner     self-hosted",
        f"   run        https://github.com/{REPOSITORY}/actions/runs/7/attempts/1",
        "The signature is not checked here, so these are claims and no proof. What checks it:",
        f"  gh attestation verify {root}/hub/pico.v1/SHA256SUMS --repo {REPOSITORY} --signer-workflow {SIGNER} "
        "--source-ref refs/heads/main",
    ]
    assert lines[-1].startswith("What it is worth then: SLSA Build L2 at best: ")


def test_a_plain_folder_does_as_well(root: Path, github: LoopbackGitHub, digest: str) -> None:
    github.state.add_attestation(digest, packed(bundle_of(statement_of(digest))))
    ran = verified(root, github, "made")
    assert ran.code == 0
    assert "  gh attestation verify made/SHA256SUMS --repo " in ran.out


def test_a_release_of_the_hugging_face_hub_comes_with_the_address_of_the_file(
    root: Path, github: LoopbackGitHub, loopback_hub: LoopbackHub, digest: str
) -> None:
    github.state.add_attestation(digest, packed(bundle_of(statement_of(digest))))
    store = open_hub(parse_hub("hf:acme/zoo"), endpoint=loopback_hub.endpoint, token=None, root=None)
    publish(store, root / "made", verified=True, report=silent)
    variables = {**environment_of(github, None), **client_environment(loopback_hub, root / "home")}
    ran = run("verify", "pico", "--attestation", "--hub", "hf:acme/zoo", cwd=root, variables=variables)
    assert ran.code == 0
    assert [line.strip() for line in ran.out.splitlines() if re.match("  [a-z]", line)] == [
        f"curl --fail --location --output SHA256SUMS {loopback_hub.endpoint}/acme/zoo/resolve/pico.v1/SHA256SUMS",
        f"gh attestation verify SHA256SUMS --repo {REPOSITORY} --signer-workflow {SIGNER} --source-ref refs/heads/main",
    ]


def test_json_has_all_of_it(root: Path, github: LoopbackGitHub, digest: str) -> None:
    other = statement_of(digest, signed=".github/workflows/ci.yml@refs/heads/main")
    for blob in (packed(bundle_of(statement_of(digest))), packed(bundle_of(other)), b"broken"):
        github.state.add_attestation(digest, blob)
    ran = verified(root, github, "pico", "--json")
    found = json.loads(ran.out)
    about = found["attestation"]
    assert (ran.code, found["verified"]) == (0, True)
    assert (about["fits"], about["signature_checked"]) == (True, False)
    fitting, differing, unreadable = about["attestations"]
    assert (fitting["verdict"], fitting["claims"]["commit"], fitting["claims"]["subjects"]) == (
        "fits",
        COMMIT,
        [digest],
    )
    assert fitting["worth"].startswith("SLSA Build L2 at best")
    assert (differing["verdict"], len(differing["differences"])) == ("differs", 2)
    assert (unreadable["verdict"], list(unreadable)) == ("unreadable", ["verdict", "why"])
    assert about["commands"][-1].startswith("gh attestation verify ")
    assert (about["repository"], about["sha256"]) == (REPOSITORY, digest)


def test_without_an_attestation_it_is_exit_code_1(root: Path, github: LoopbackGitHub, digest: str) -> None:
    ran = verified(root, github, "pico")
    assert ran.code == 1
    assert ran.out.count("\n") == 1  # it is whole all the same
    assert ran.err.splitlines()[-1].startswith(
        f"found no attestation of SHA256SUMS (sha256:{digest}) in {REPOSITORY}, expected one by "
    )
    as_json = verified(root, github, "pico", "--json")
    assert (as_json.code, json.loads(as_json.out)["attestation"]["attestations"]) == (1, [])


def test_an_attestation_of_another_workflow_is_exit_code_1_with_what_was_found(
    root: Path, github: LoopbackGitHub, digest: str
) -> None:
    other = statement_of(digest, signed=".github/workflows/ci.yml@refs/heads/main")
    github.state.add_attestation(digest, packed(bundle_of(other)))
    ran = verified(root, github, "pico")
    assert ran.code == 1
    assert (
        "1: claims something else: workflow: found .github/workflows/ci.yml, expected .github/workflows/release.yml; "
        in ran.err
    )
    assert "worth" not in ran.out


def test_a_broken_release_is_not_asked_about(root: Path, github: LoopbackGitHub) -> None:
    flipped(root / "made/unet/weights.pb")
    ran = verified(root, github, "made")
    assert (ran.code, ran.out) == (1, "")
    assert "do not use it" in ran.err
    assert len(github.log) == 0


def test_a_repository_that_github_does_not_show_is_said(root: Path, github: LoopbackGitHub) -> None:
    ran = verified(root, github, "pico", "--repository", "acme/other")
    assert ran.code == 1
    assert "acme/other: looking at it: found status 404" in ran.err


def test_a_github_that_does_not_answer_is_exit_code_4(root: Path, github: LoopbackGitHub) -> None:
    variables = {**environment_of(github, None), "GITHUB_API_URL": "http://127.0.0.1:9"}
    ran = run("verify", "--attestation", "pico", cwd=root, variables=variables)
    assert ran.code == 4
    assert ran.out.startswith("pico: pico.v1 is whole")
    assert "no answer" in ran.err


def test_the_option_is_more_than_the_variable_and_the_variable_more_than_the_remote(
    root: Path, github: LoopbackGitHub, digest: str
) -> None:
    github.state.add_attestation(digest, packed(bundle_of(statement_of(digest))))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "remote", "add", "origin", f"git@github.com:{REPOSITORY}"], cwd=root, check=True)
    named = environment_of(github, None)
    unnamed = {name: value for name, value in named.items() if name != "GITHUB_REPOSITORY"}
    other = {**named, "GITHUB_REPOSITORY": "acme/other"}
    asked = ("verify", "--attestation", "made")
    assert run(*asked, cwd=root, variables=unnamed).code == 0
    assert run(*asked, cwd=root, variables=other).code == 1
    assert run(*asked, "--repository", REPOSITORY, cwd=root, variables=other).code == 0


def test_without_any_of_them_it_is_wrong_usage(root: Path, github: LoopbackGitHub) -> None:
    variables = {name: value for name, value in environment_of(github, None).items() if name != "GITHUB_REPOSITORY"}
    ran = run("verify", "--attestation", "made", cwd=root, variables=variables)
    assert "give --repository OWNER/NAME" in usage(ran)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--published",), "--published with --attestation"),
        (("pico", "other"), "expected one name"),
        (("pico", "--links"), "expected one name"),
        (("pico", "--repository", "../x"), "--repository: found '../x', expected OWNER/NAME"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(
    root: Path, github: LoopbackGitHub, arguments: tuple[str, ...], what: str
) -> None:
    assert what in usage(verified(root, github, *arguments))
    assert len(github.log) == 0


def test_a_repository_without_attestation_is_wrong_usage(root: Path, github: LoopbackGitHub) -> None:
    ran = run("verify", "pico", "--repository", REPOSITORY, cwd=root, variables=environment_of(github, None))
    assert "--repository without it" in usage(ran)


def test_what_a_stranger_wrote_cannot_begin_a_line_or_reach_the_terminal(
    root: Path, github: LoopbackGitHub, digest: str
) -> None:
    for text in (*HOSTILE, "\x1b[31m"):
        statement = statement_of(digest, runner=text, predicate_type=text, repository=text)
        github.state.add_attestation(digest, packed(bundle_of(statement)))
    variables = {**environment_of(github, None), "GITHUB_ACTIONS": "true"}
    ran = run("verify", "--attestation", "pico", cwd=root, variables=variables)
    assert ran.code == 1
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in ran.output.splitlines())
    assert "\x1b" not in ran.output
