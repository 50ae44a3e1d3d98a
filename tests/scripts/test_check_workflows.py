"""scripts/check-workflows: each of its tools complains of the file that is wrong in its way, and of no good one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/check-workflows"
TOOLS = [
    "zizmor",
    "vendor.github-workflows",
    "custom.github-workflows-require-timeout",
    "vendor.github-actions",
    "vendor.dependabot",
    "vendor.github-issue-forms",
    "GitHub's language service",
    "shellcheck, scripts",
    "shellcheck, run blocks",
]

WORKFLOW = """\
name: Check
on:
  pull_request:
    branches: [main]
permissions: {}
concurrency:
  group: check-${{ github.ref }}
  cancel-in-progress: true
jobs:
  check:
    name: Check
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - id: say
        run: echo "words=$WORDS" >> "$GITHUB_OUTPUT"
        env:
          WORDS: ${{ github.head_ref }}
      - run: |
          echo first
          echo "$1"
      - shell: python
        run: |
          if True: print(1)
      - run: echo '{0}' {} 'it' "${{ format('}}"{0}', 'a') }}" # zizmor: ignore[template-injection, obfuscation]
"""
CALLER = """\
name: Caller
on: workflow_dispatch
permissions: {}
concurrency:
  group: caller
  cancel-in-progress: false
jobs:
  call:
    name: Call
    permissions: {}
    uses: $/.github/workflows/called.yml
"""
ACTION = "name: Act\ndescription: It acts.\nruns:\n  using: composite\n  steps:\n    - run: echo 1\n      shell: bash\n"
DEPENDABOT = """\
version: 2
updates:
  - {package-ecosystem: pip, directory: /, schedule: {interval: weekly}, cooldown: {default-days: 7}}
"""
FORM = "name: Request\ndescription: A model\nbody:\n  - {type: input, id: name, attributes: {label: Name}}\n"
GOOD = {
    ".github/workflows/check.yml": WORKFLOW,
    ".github/workflows/caller.yml": CALLER,
    ".github/actions/act/action.yml": ACTION,
    ".github/dependabot.yml": DEPENDABOT,
    ".github/ISSUE_TEMPLATE/model.yml": FORM,
    ".github/ISSUE_TEMPLATE/config.yml": "blank_issues_enabled: false\n",
    "scripts/say": '#!/usr/bin/env bash\necho "$1"\n',
    "scripts/pins.txt": "no == script\n",
    ".ci/run": "#!/bin/sh\nset -e\n",
}


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


BAD = {
    ".github/workflows/injection.yml": changed(WORKFLOW, '"words=$WORDS"', '"words=${{ github.head_ref }}"'),
    ".github/workflows/self-hosted.yml": changed(WORKFLOW, "ubuntu-24.04", "[self-hosted, gpu]"),
    ".github/workflows/unknown-key.yml": changed(WORKFLOW, "cancel-in-progress: true", "cancel: true"),
    ".github/workflows/no-timeout.yml": changed(WORKFLOW, "    timeout-minutes: 5\n", ""),
    ".github/workflows/no-such-step.yml": changed(WORKFLOW, "github.head_ref", "steps.other.outputs.it"),
    ".github/workflows/no-such-need.yml": changed(WORKFLOW, "    timeout", "    needs: [nothing]\n    timeout"),
    ".github/workflows/unquoted.yml": changed(WORKFLOW, 'echo "$1"', "echo $1"),
    ".github/workflows/bash-in-sh.yml": changed(
        changed(WORKFLOW, "      - run: |", "      - shell: sh\n        run: |"), 'echo "$1"', '[[ "$1" = a ]]'
    ),
    ".github/actions/magic/action.yml": changed(ACTION, "composite", "magic"),
    ".github/dependabot.yml": changed(DEPENDABOT, "{default-days: 7}", "{default-days: 6}, colour: red"),
    ".github/ISSUE_TEMPLATE/no-such-type.yml": changed(FORM, "type: input", "type: inputs"),
    "scripts/unquoted": "#!/usr/bin/env bash\necho $2\n",
    ".ci/run": "#!/bin/sh\n[[ a = a ]]\n",
}


def check(tree: Path, files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs the script on a tree of these files, with the tools of the interpreter that runs the tests."""
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = os.environ | {"ONNX_REGISTRY_VENV": sys.prefix}
    return subprocess.run([SCRIPT, tree], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The script's word on a tree in which everything is wrong, beside what is good."""
    return check(tmp_path_factory.mktemp("bad"), GOOD | BAD)


def complaints_of(tool: str, output: str) -> str:
    """What a tool said: the lines between the verdict of the tool before it and its own."""
    before = TOOLS[TOOLS.index(tool) - 1] if tool != TOOLS[0] else ""
    said, verdict, _ = output.partition(f"{tool}: COMPLAINS\n")
    assert verdict, f"{tool} did not complain:\n{output}"
    return said.rpartition(f"{before}: COMPLAINS\n")[2] if before else said


def test_a_repository_without_faults_passes_with_a_line_for_each_tool(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD)

    assert done.stdout.splitlines() == [f"{tool}: ok" for tool in TOOLS]
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("zizmor", "error[template-injection]"),
        ("zizmor", "injection.yml:16:"),
        ("zizmor", "self-hosted.yml:12:"),
        ("zizmor", "dependabot.yml:3:"),
        ("vendor.github-workflows", "workflows/unknown-key.yml::$.concurrency"),
        ("custom.github-workflows-require-timeout", "workflows/no-timeout.yml::$.jobs.check"),
        ("vendor.github-actions", "actions/magic/action.yml::$.runs"),
        ("vendor.dependabot", "dependabot.yml::$.updates[0]: Additional properties"),
        ("vendor.github-issue-forms", "no-such-type.yml::$.body[0]"),
        ("GitHub's language service", "unknown-key.yml:8:3: Unexpected value 'cancel'"),
        ("GitHub's language service", "no-such-step.yml:18:18: Context access might be invalid: other"),
        ("GitHub's language service", "no-such-need.yml:13:13: "),
        ("shellcheck, scripts", "In scripts/unquoted line 2:"),
        ("shellcheck, scripts", "In .ci/run line 2:"),
        ("shellcheck, run blocks", "In unquoted.yml:19 line 3:"),
        ("shellcheck, run blocks", "In POSIX sh, [[ ]] is undefined"),
    ],
)
def test_each_tool_complains_of_what_is_wrong_in_its_way(
    bad: subprocess.CompletedProcess[str], tool: str, said: str
) -> None:
    assert said in complaints_of(tool, bad.stdout)


def test_no_good_file_is_complained_of_beside_the_bad_ones(bad: subprocess.CompletedProcess[str]) -> None:
    assert bad.returncode == 1
    assert [
        name
        for name in ("check.yml", "caller.yml", "act/action.yml", "model.yml", "config.yml", "pins.txt")
        if name in bad.stdout
    ] == []


def test_a_kind_of_file_that_is_not_there_is_said_to_be_none(tmp_path: Path) -> None:
    files = {name: text for name, text in GOOD.items() if "dependabot" not in name}

    assert "vendor.dependabot: there is nothing to check" in check(tmp_path, files).stdout.splitlines()


def test_a_folder_without_workflows_is_a_failure(tmp_path: Path) -> None:
    done = check(tmp_path, {})

    assert done.returncode == 1
    assert "found no workflow in" in done.stderr
