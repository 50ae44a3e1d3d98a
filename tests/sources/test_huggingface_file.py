"""Single files on the Hub, with the real client against a loopback hub."""

import hashlib
import traceback
from pathlib import Path

import pytest

from converter.errors import ConverterError
from converter.progress import Progress, Report, silent
from converter.registry import HubFileSource
from converter.registry.source_syntax import parse_source
from converter.sources import Downloads, Fetched, HubAccess, SourceError, SourcePolicy, SourceUnreachable, fetch
from tests.support.loopback_hub import Answer, LoopbackHub, On

REPO = "org/checkpoints"
WEIGHTS = b"\x08\0\0\0\0\0\0\0{}      " + b"\1" * 100_000
FILES = {"README.md": b"#", "v1.safetensors": WEIGHTS, "lora/other.safetensors": b"other"}
ALWAYS = 10_000
TOKEN = "hf_s3cret"  # noqa: S105  # opens nothing


def fetched(
    hub: LoopbackHub,
    source: str,
    tmp_path: Path,
    *,
    policy: SourcePolicy | None = None,
    sha256: str | None = None,
    token: str | None = None,
    report: Report = silent,
) -> Fetched:
    downloads = Downloads(tmp_path / "downloads", policy or SourcePolicy())
    access = HubAccess(hub.endpoint, token or hub.token)
    return fetch(parse_source(source), root=tmp_path, downloads=downloads, access=access, sha256=sha256, report=report)


def refused(hub: LoopbackHub, source: str, tmp_path: Path, **settings: object) -> ConverterError:
    with pytest.raises(ConverterError) as caught:
        fetched(hub, source, tmp_path, **settings)  # type: ignore[arg-type]
    assert hub.log.select(path="/resolve/") == []
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        f"huggingface://{REPO}/v1.safetensors",
        f"huggingface://{REPO}@main/v1.safetensors",
        f"https://huggingface.co/{REPO}/resolve/main/v1.safetensors?download=true",
    ],
)
def test_the_file_arrives_at_the_commit_of_its_revision(
    any_loopback_hub: LoopbackHub, tmp_path: Path, source: str
) -> None:
    commit = any_loopback_hub.seed_repo(REPO, FILES)

    found = fetched(any_loopback_hub, source, tmp_path)

    assert found.path.read_bytes() == WEIGHTS
    assert found.path.name == "v1.safetensors"
    assert found.commit == commit
    assert found.uri == parse_source(source).display()


def test_a_file_in_a_folder_of_another_revision_arrives(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    old = loopback_hub.seed_repo(REPO, FILES)
    loopback_hub.seed_repo(REPO, {"lora/other.safetensors": b"new"})

    assert fetched(loopback_hub, f"huggingface://{REPO}@{old}/lora/other.safetensors", tmp_path).path.read_bytes() == (
        b"other"
    )


def test_what_is_in_the_cache_is_not_downloaded_again(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, FILES)
    first = fetched(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path)
    loopback_hub.log.clear()

    assert fetched(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path) == first
    assert loopback_hub.log.select("GET", "/resolve/") == []


def test_progress_has_the_size_of_the_file(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    commit, seen = loopback_hub.seed_repo(REPO, FILES), list[Progress]()

    fetched(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path, report=seen.append)

    task = f"{REPO}@{commit[:8]}: downloading v1.safetensors"
    assert seen == [Progress(task, done, len(WEIGHTS), "bytes") for done in (0, len(WEIGHTS))]


def test_a_private_repository_is_read_with_the_token(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, FILES, private=True)

    assert fetched(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path).path.read_bytes() == WEIGHTS


def test_a_missing_file_is_refused_with_the_nearest(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, FILES)

    error = refused(loopback_hub, f"huggingface://{REPO}@main/v2.safetensors", tmp_path)

    assert isinstance(error, SourceError)
    assert f"{REPO}@main: there is no file v2.safetensors, expected one of its " in str(error)
    assert "did you mean v1.safetensors" in str(error)


def test_a_missing_repository_is_refused_as_a_whole_one_is(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    error = refused(loopback_hub, "huggingface://org/missing/v1.safetensors", tmp_path)

    assert str(error).startswith("org/missing: missing, or private, which looks the same; ")


def test_a_gated_repository_is_refused_with_what_to_do(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, FILES)
    loopback_hub.faults.arm(Answer(403, "restricted", "GatedRepo"), On(path="/api/models/", times=ALWAYS))

    error = refused(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path, token=TOKEN)

    assert str(error) == f"{REPO}: gated; accept its terms on the Hub and set HF_TOKEN to a token that may read it"


def test_a_hub_that_fails_during_the_download_asks_to_try_again(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, FILES)
    loopback_hub.faults.arm(Answer(503), On(path="/resolve/", times=ALWAYS))

    with pytest.raises(SourceUnreachable, match="try again later"):
        fetched(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path)


def test_a_file_above_the_size_limit_is_not_downloaded(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, FILES)

    error = refused(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path, policy=SourcePolicy(max_bytes=9))

    assert "the file has 100,016 bytes, expected at most 9" in str(error)


def test_a_file_with_another_digest_than_the_pin_is_not_downloaded(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, FILES)
    digest = hashlib.sha256(WEIGHTS).hexdigest()

    error = refused(loopback_hub, f"huggingface://{REPO}/v1.safetensors", tmp_path, sha256="0" * 64)

    assert f"the file has SHA-256 {digest}, expected {'0' * 64}" in str(error)
    assert fetch(
        HubFileSource(REPO, None, "v1.safetensors"),
        root=tmp_path,
        downloads=Downloads(tmp_path),
        access=HubAccess(loopback_hub.endpoint, loopback_hub.token),
        sha256=digest,
    ).path.is_file()
