"""A plan of more than the jobs of one run take, as a step of the workflow."""

from pathlib import Path

from tests.support.command_line import run
from tests.support.many_entries import registry_of


def test_what_is_left_to_the_next_run_is_said_in_the_summary(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry/extras.json").write_bytes(registry_of(2_050))
    page, output = tmp_path / "summary.md", tmp_path / "output"

    ran = run(
        "plan", "--github", cwd=tmp_path, variables={"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(page)}
    )

    assert ran.code == 0, ran.err
    assert "2050 to convert" in page.read_text()
    assert page.read_text().endswith("\n2 of them are left to the next run.\n")
    assert "\n2050\n" in output.read_text()
