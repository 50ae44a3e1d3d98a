"""`entry --from-issue` through the real command line."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.hostile_text import require_tame
from tests.support.issue_bodies import GOOD, body_of
from tests.support.registries import write_registry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_registry(tmp_path, {"name": "alpha", "source": "org/alpha", "license": "mit"})
    return tmp_path


def ran(root: Path, body: str, *arguments: str) -> Ran:
    (root / "body.md").write_text(body, "utf-8", newline="")
    return run("entry", "--from-issue", "body.md", *arguments, cwd=root)


def test_a_good_request_is_an_entry_on_standard_output(root: Path) -> None:
    found = ran(root, body_of(GOOD))

    assert (found.code, found.err) == (0, "")
    assert json.loads(found.out) == {key: GOOD[key] for key in ("name", "source", "license")}


def test_the_reply_has_it_in_a_fence(root: Path) -> None:
    found = ran(root, body_of(GOOD), "--reply")

    assert (found.code, found.err) == (0, "")
    assert '```json\n{\n  "name": "gamma",' in found.out


def test_mistakes_are_exit_code_1_and_said_on_standard_error_or_in_the_reply(root: Path) -> None:
    body = body_of({**GOOD, "name": "alpha"})

    plain, answered = ran(root, body), ran(root, body, "--reply")

    message = "found 'alpha', which is in the registry already; choose another name"
    assert (plain.code, plain.out, plain.err) == (1, "", f"Name: {message}\n")
    assert (answered.code, answered.err) == (1, "")
    assert f"| `Name` | `{message}` |" in answered.out


def test_a_hostile_body_runs_nothing_and_begins_no_line_of_its_own(root: Path) -> None:
    body = body_of(
        {**GOOD, "name": f"$(touch {root}/pwned) `id`", "source": "x\n::error::y", "label": "@everyone\x1b["}
    )

    plain, answered = ran(root, body), ran(root, body, "--reply")

    assert (plain.code, answered.code) == (1, 1)
    assert not (root / "pwned").exists()
    assert not any(line.startswith("::") for line in plain.output.splitlines())
    require_tame(answered.out)


def test_a_body_that_is_no_text_or_not_there_is_said(root: Path) -> None:
    (root / "body.md").write_bytes(b"\xff\xfe\0" * 1000)

    odd = run("entry", "--from-issue", "body.md", cwd=root)
    missing = run("entry", "--from-issue", "none.md", cwd=root)

    assert (odd.code, missing.code) == (1, 2)
    assert odd.err.startswith("Kind of model: found nothing")
