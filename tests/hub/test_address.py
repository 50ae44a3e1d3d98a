"""The text after `--hub`."""

from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.hub import FolderAddress, HubAddressError, HuggingFaceAddress, open_hub, parse_hub


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("file:hub", FolderAddress(Path("hub"))),
        ("file:/srv/hub", FolderAddress(Path("/srv/hub"))),
        ("file:///srv/hub", FolderAddress(Path("/srv/hub"))),
        ("file:../hub", FolderAddress(Path("../hub"))),
        ("hf:org/zoo", HuggingFaceAddress("org/zoo")),
        ("hf:Some-Org/zoo.v2_x", HuggingFaceAddress("Some-Org/zoo.v2_x")),
    ],
)
def test_an_address_is_understood_and_written_back(text: str, address: FolderAddress | HuggingFaceAddress) -> None:
    assert parse_hub(text) == address
    assert parse_hub(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        *["", "hub", "file:", "file: ", "file://host/hub", "file:a\0b", "s3:org/zoo"],
        *["hf:", "hf:zoo", "hf:a/b/c", "hf:org/..", "hf:org/a b", "hf:org/zoo.", "hf:-org/zoo", "hf:org/zoo?token=x"],
        "https://huggingface.co/org/zoo",
    ],
)
def test_another_text_is_a_usage_error(text: str) -> None:
    with pytest.raises(HubAddressError, match="expected") as caught:
        parse_hub(text)

    assert caught.value.exit_code == ExitCode.USAGE


def test_a_relative_folder_belongs_to_the_root(tmp_path: Path) -> None:
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    store.prepare()

    assert (tmp_path / "hub").is_dir()
    assert store.describe() == "file:hub"


def test_a_repository_is_described_without_its_token() -> None:
    store = open_hub(parse_hub("hf:org/zoo"), endpoint="http://127.0.0.1:9", token="hf_x", root=None)  # noqa: S106

    assert store.describe() == "hf:org/zoo"
    assert store.repo_id == "org/zoo"
