"""The file of the form is what the data says, to GitHub's parser of YAML as to ours."""

from pathlib import Path

import pytest
import yaml

from converter.request import issue_form
from converter.request.form_file import FORM_PATH, form_yaml, main

ROOT = Path(__file__).parents[2]


def test_the_file_says_what_the_data_says() -> None:
    assert (ROOT / FORM_PATH).read_text("utf-8") == form_yaml()
    assert yaml.safe_load(form_yaml()) == issue_form()


def test_the_form_gives_the_label_by_which_a_request_is_known() -> None:
    assert issue_form()["labels"] == ["request"]


def test_issues_without_a_form_stay_possible_and_nobody_is_sent_elsewhere() -> None:
    config = yaml.safe_load((ROOT / FORM_PATH).with_name("config.yml").read_text("utf-8"))
    assert config == {"blank_issues_enabled": True}


def test_a_file_that_differs_or_is_missing_is_said_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert "--write` and commit the result" in capsys.readouterr().err
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0
    with FORM_PATH.open("a") as stream:
        stream.write("x: y\n")
    assert main(["--check"]) == 1


def test_other_arguments_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chekc"]) == 2
    assert "usage:" in capsys.readouterr().err
