"""Renamed and gated repositories of the loopback hub, as the real client meets them."""

from pathlib import Path

import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import GatedRepoError

from tests.support.loopback_hub import LoopbackHub


def test_the_old_name_of_a_renamed_repository_leads_to_the_new_one(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    commit = loopback_hub.seed_repo("org/old", {"config.json": b"{}"})
    loopback_hub.rename_repo("org/old", "org/new")

    info = HfApi().model_info("org/old", revision="main")

    assert (info.id, info.sha) == ("org/new", commit)
    assert Path(hf_hub_download("org/old", "config.json")).read_bytes() == b"{}"


def test_a_gated_repository_is_listed_for_everybody_and_read_by_who_was_let_in(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo("org/gated", {"config.json": b"{}"})
    loopback_hub.gate("org/gated", "hf_other")

    assert HfApi().model_info("org/gated").gated == "auto"
    with pytest.raises(GatedRepoError):
        hf_hub_download("org/gated", "config.json")

    loopback_hub.gate("org/gated", loopback_hub.token)
    assert Path(hf_hub_download("org/gated", "config.json")).read_bytes() == b"{}"
