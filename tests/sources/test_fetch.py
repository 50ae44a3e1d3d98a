"""What every source has in common, and what fetching costs."""

import subprocess
import sys
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.registry.source_syntax import parse_source
from converter.sources import Downloads, HubAccess, SourceError, SourceUnreachable, fetch
from tests.support.loopback_hub import LoopbackHub


def test_a_source_that_is_wrong_fails_its_entry_and_one_that_is_silent_asks_to_try_again() -> None:
    assert SourceError.exit_code is ExitCode.FAILED
    assert SourceUnreachable.exit_code is ExitCode.UNREACHABLE


def test_a_repository_that_is_missing_but_here_as_a_folder_gets_a_hint(
    tmp_path: Path, loopback_hub: LoopbackHub
) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    access = HubAccess(loopback_hub.endpoint, loopback_hub.token)

    with pytest.raises(SourceError, match=r"There is a folder models/mine here: write \./models/mine for it"):
        fetch(parse_source("models/mine"), root=tmp_path, downloads=Downloads(tmp_path), access=access)


def test_a_local_source_needs_no_hub_client(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from converter.registry import LocalSource\n"
        "from converter.sources import Downloads, HubAccess, fetch\n"
        "fetch(LocalSource('.'), root=Path(sys.argv[1]), downloads=Downloads(Path(sys.argv[1])), access=HubAccess())\n"
        "assert not {'huggingface_hub', 'httpx2', 'torch', 'numpy'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
