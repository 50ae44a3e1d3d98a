"""What the loopback Hub counts of the bytes that reach it."""

from pathlib import Path

from huggingface_hub import HfApi

from tests.support.hub_release import FILES, REPO, WEIGHTS, publish, write_release
from tests.support.loopback_hub import LoopbackHub

SMALL = ("model_index.json", "tokenizer/vocab.json", "README.md")


def test_large_objects_count_once_and_small_files_with_each_commit(
    any_loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    folder, hub = write_release(tmp_path / "release"), any_loopback_hub
    api = HfApi(endpoint=hub.endpoint, token=hub.token)

    publish(api, folder)
    large = hub.received_large_bytes
    publish(api, folder, branch="nano", tag="nano.v1")

    assert large == len(WEIGHTS) + len(FILES["unet/model.onnx"])
    assert hub.received_large_bytes == large
    assert hub.received_bytes("nano") - large == sum(len(FILES[path]) for path in SMALL)
    assert hub.received_bytes("main") == large


def test_chunks_of_a_file_that_is_changed_in_the_middle_are_new_only_there(
    loopback_hub_xet: LoopbackHub, tmp_path: Path
) -> None:
    hub, api = loopback_hub_xet, HfApi(endpoint=loopback_hub_xet.endpoint, token=loopback_hub_xet.token)
    publish(api, write_release(tmp_path / "release"))
    before = hub.xet_chunks
    changed = WEIGHTS[:200_000] + b"changed" + WEIGHTS[200_007:]

    api.upload_file(path_or_fileobj=changed, path_in_repo="unet/weights.pb", repo_id=REPO, revision="pico")

    new = sum(chunk.size_bytes for chunk in hub.xet_chunks) - sum(chunk.size_bytes for chunk in before)
    assert 0 < new < len(WEIGHTS) // 2
    assert all(chunk.size_bytes <= 128 << 10 for chunk in hub.xet_chunks)  # the largest that the protocol has
