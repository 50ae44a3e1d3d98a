"""Hostile pull requests through the real command line: nothing runs, nothing leaks, and each is named.

Each case is a real merge commit in a real repository, reviewed as the workflow of pull requests does it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.hostile_text import HOSTILE, require_tame
from tests.support.merge_commits import Content, Link, Submodule, Tree, merge_checkout

FILE = "registry/extras.json"
PINNED = {"license": "mit", "revision": "0123456789abcdef0123456789abcdef01234567"}
ALPHA = {"name": "alpha", "source": "org/alpha", **PINNED}
GAMMA = {"name": "gamma", "source": "org/gamma", **PINNED}
SECRETS = {
    "HF_TOKEN": "canary-of-the-hub",
    "GITHUB_TOKEN": "canary-of-github",
    "CIVITAI_TOKEN": "canary-of-civitai",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "canary-of-oidc",
    "GIT_CONFIG_COUNT": "canary-of-git",
}
"""Variables that a careless runner has; the last would also stop a git that looks at it."""
WORKFLOW = ".github/workflows/release.yml"
EVIL = {WORKFLOW: b"on: pull_request\n"}


def text(*entries: object, **sections: object) -> bytes:
    return json.dumps({"diffusion": [ALPHA, *entries], **sections}, indent=1, ensure_ascii=False).encode(
        errors="surrogatepass"
    )


BASE: Tree = {FILE: text(), "README.md": b"a registry\n", WORKFLOW: b"on: push\n"}


@dataclass(frozen=True)
class Case:
    """A pull request, what the review of it ends in, and words that name what is wrong."""

    name: str
    code: int
    head: Content | None
    """The registry; `None` if it is deleted."""
    words: tuple[str, ...]
    others: Mapping[str, Content] = field(default_factory=dict)

    def tree(self) -> Tree:
        return {
            **{k: v for k, v in BASE.items() if k != FILE},
            **self.others,
            **({FILE: self.head} if self.head else {}),
        }


def named(name: str) -> dict[str, object]:
    return {**GAMMA, "name": name}


CASES = (
    Case("good", 0, text(GAMMA), ("This can be merged.", "gamma.v1")),
    Case("command substitution", 1, text(named("$(touch pwned)")), ("$(touch pwned)", "$.diffusion[1].name")),
    Case("backticks", 1, text(named("`touch pwned`")), ("touch pwned", "$.diffusion[1].name")),
    Case("expression", 1, text(named("${{ secrets.HF_TOKEN }}")), ("${{ secrets.HF_TOKEN }}",)),
    Case("line break", 1, text(named("a\n::error::x")), ("U+000A",)),
    Case("set-output", 1, text(named("::set-output name=matrix::x")), ("::set-output name=matrix::x",)),
    Case("add-mask", 1, text({**GAMMA, "license": "::add-mask::e"}), ("::add-mask::e", "$.diffusion[1].license")),
    Case("stop-commands", 1, text({**GAMMA, "##[stop-commands]x": 1}), ("##[stop-commands]x",)),
    Case("HTML", 1, text(named("<img src=x onerror=alert(1)>")), ("<img src=x onerror=alert(1)>",)),
    Case("Markdown", 1, text(named("[a](javascript:alert(1)) ![b](https://e.example/c.png)")), ("javascript:",)),
    Case("path in a name", 1, text(named("../../../etc/passwd")), ("../../../etc/passwd", "path separator")),
    Case("bidi", 1, text({**GAMMA, "description": "abc\u202edef"}), ("U+202E", "$.diffusion[1].description")),
    Case("look-alike letter", 1, text(named("\u0430lpha")), ("U+0430 (CYRILLIC SMALL LETTER A)",)),
    Case("look-alike digit", 3, text(named("a1pha")), ("can be taken for alpha", "Name like another")),
    Case("workflow", 3, text(GAMMA), (WORKFLOW, "More than the registry is changed"), EVIL),
    Case("licence", 3, text({**GAMMA, "license": "cc-by-nc-4.0"}), ("cc-by-nc-4.0", "Licence not on the list")),
    Case("yanked", 3, text({**GAMMA, "yanked": "<b>bad</b>"}), ("<b>bad</b>", "`yanked` changed")),
    Case("runner", 3, text({**GAMMA, "runner": "build-box"}), ("build-box", "Runner changed")),
    Case("secret in a source", 1, text({**GAMMA, "source": "https://u:hunter2@e.example/m?t=hunter2"}), ("e.example",)),
    Case("50,000 entries", 1, text(*[named(f"m-{n}") for n in range(50_000)]), ("more than 5,000 entries",)),
    Case("deleted", 1, None, ("there is no registry/extras.json", "No registry")),
    Case("deleted beside a workflow", 1, None, ("No registry", WORKFLOW), EVIL),
    Case("link", 1, Link("/etc/passwd"), ("is a symbolic link, expected a regular file",)),
    Case("link to the runner's registry", 1, Link("../../outside.json"), ("is a symbolic link",)),
    Case("submodule", 1, Submodule(), ("is a submodule, expected a regular file",)),
    Case("no UTF-8", 1, text(GAMMA).replace(b"gamma", b"\xff\xfe"), ("UTF-8",)),
    Case("UTF-16", 1, text(GAMMA).decode().encode("utf-16"), ("Not valid",)),
    Case("deep nesting", 1, b"[" * 1_000_000, ("nested deeper than 32 levels",)),
    Case("duplicate keys", 1, b'{"diffusion": [], "diffusion": [{"name": "x"}]}', ("is here a second time",)),
    Case("huge number", 1, text({**GAMMA, "opset": 10**400}), ("a whole number of 401 digits",)),
    Case("number that is none", 1, b'{"diffusion": [{"opset": NaN}, {"opset": 1e999}]}', ("NaN", "1e999")),
    Case("every hostile name", 1, text(*map(named, HOSTILE)), ("$.diffusion[1].name",)),
    Case("every hostile description", 1, text(*({**GAMMA, "description": each} for each in HOSTILE)), ("Not valid",)),
)  # fmt: skip


def review(root: Path, head: Tree, *options: str, base: Tree = BASE) -> tuple[Ran, str]:
    """Review a merge commit, with a canary in every place; returns what was printed, and the summary."""
    folder = merge_checkout(root / "work" / "proposal", base, head)
    (root / "outside.json").write_text('{"diffusion": [{"name": "canary-of-a-file", "source": "org/x"}]}', "utf-8")
    before = files_in(root)
    page = root / "summary.md"
    variables = {**SECRETS, "CI": "true", "GITHUB_STEP_SUMMARY": str(page)}
    ran = run("review", "--merge", folder, "--github", *options, cwd=root / "work", variables=variables)
    assert files_in(root) - before == {page}
    return ran, page.read_text("utf-8")


def files_in(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file() or path.is_symlink()}


def require_no_commands(ran: Ran) -> None:
    """What the runner reads as a command is an annotation of ours, at a line of the registry.

    https://github.com/actions/runner/blob/v2.330.0/src/Runner.Common/ActionCommand.cs
    """
    assert ran.err == ""
    ours = re.compile(
        rf"::(error|warning) file={FILE},line=\d+,col=\d+,title=[^:,]+::[^\r\n]+|::notice title=[^:,]+::.+"
    )
    assert [line for line in ran.out.splitlines() if not ours.fullmatch(line)] == []


def require_no_leaks(shown: str) -> None:
    passwd = Path("/etc/passwd").read_text("utf-8").splitlines()
    for secret in (*SECRETS.values(), "hunter2", "canary-of-a-file", *passwd):
        assert secret not in shown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_runs_nothing_leaks_and_it_is_named(case: Case, tmp_path: Path) -> None:
    ran, page = review(tmp_path, case.tree())

    assert ran.code == case.code
    require_no_commands(ran)
    require_no_leaks(ran.output + page)
    require_tame(page)
    for word in case.words:
        assert word in page.replace("&#96;", "`").replace("``", "`")
    assert ("::error " in ran.out) is (case.code == 1)
    assert ("::warning " in ran.out) is (case.code == 3 or "workflow" in case.name)


def test_a_registry_of_300_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as stream:
        stream.truncate(300_000_000)

    ran, page = review(tmp_path, {**BASE, FILE: large, **EVIL})

    assert ran.code == 1
    require_no_commands(ran)
    require_tame(page)
    assert "the file has 300,000,000 bytes, at most 16,777,216 are read" in page
    assert WORKFLOW in page


@pytest.mark.parametrize(
    "path",
    ["../../outside.json", "./../outside.json", "/etc/passwd", "file:///etc/passwd", "registry/link.safetensors"],
)
def test_a_source_on_the_runner_is_refused_and_not_read(path: str, tmp_path: Path) -> None:
    entry = {"name": "gamma", "source": path, "license": "mit"}

    ran, page = review(
        tmp_path, {**BASE, FILE: text(entry), "registry/link.safetensors": Link("/etc/passwd")}, "--online"
    )

    assert ran.code == 1
    require_no_commands(ran)
    require_no_leaks(ran.output + page)
    assert "found a path, expected a source on the web" in page


def test_a_base_that_is_no_registry_stops_nobody_who_mends_it(tmp_path: Path) -> None:
    for number, broken in enumerate((Link("/etc/passwd"), Submodule(), b"\xff", b"{" * 100_000)):
        ran, page = review(tmp_path / str(number), BASE, base={**BASE, FILE: broken})

        assert ran.code == 0
        assert "alpha.v1" in page
        require_no_leaks(ran.output + page)


def test_every_hostile_name_of_what_is_blended_in_stays_what_it_is(tmp_path: Path) -> None:
    fit = [each for each in HOSTILE if each.isprintable() and len(each) <= 200 and not set(each) & set("/\\")]
    loras = [{"name": each.strip(), "source": f"civitai://{n}", "license": "mit"} for n, each in enumerate(fit, 1)]

    ran, page = review(tmp_path, {**BASE, FILE: text({**GAMMA, "loras": loras})})

    assert len(fit) > 10
    assert ran.code == 0
    require_no_commands(ran)
    require_tame(page)
    assert "lora ::add-mask::e" in page


def test_every_path_of_a_pull_request_stays_what_it_is(tmp_path: Path) -> None:
    paths = [each for each in HOSTILE if "\0" not in each and "//" not in each and len(each) < 200]
    others: Tree = {f"x{each.replace('/', '-')}": b"x" for each in paths}

    ran, page = review(tmp_path, {**BASE, **others, FILE: text(GAMMA)})

    assert ran.code == 3
    require_no_commands(ran)
    require_tame(page)
    assert "More than the registry is changed" in page


def test_what_is_said_of_ten_mistakes_and_more_is_ten_annotations_and_a_summary_of_all(tmp_path: Path) -> None:
    ran, page = review(tmp_path, {**BASE, FILE: text(*(named(f"::error::{n}") for n in range(15)))})

    assert ran.out.count("\n::error ") + ran.out.startswith("::error ") == 10
    assert "5 more of level error" in ran.out
    assert [f"$.diffusion[{n}].name" in page for n in range(1, 16)] == [True] * 15
