"""A small release folder and its publication with the plain `huggingface_hub` client, for tests of the loopback Hub."""

import random
from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi

REPO = "acme/zoo"
WEIGHTS = random.Random(1).randbytes(400_000)
FILES = {
    "model_index.json": b'{"_class_name": "OnnxStableDiffusionPipeline"}\n',
    "unet/model.onnx": b"\x08\x08graph",
    "unet/weights.pb": WEIGHTS,
    "tokenizer/vocab.json": '{"é": 0}'.encode(),
    "README.md": b"---\nlicense: mit\n---\n# A model\n",
}


def write_release(folder: Path) -> Path:
    """Write `FILES` to a folder and return it."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def additions(folder: Path) -> list[CommitOperationAdd]:
    return [CommitOperationAdd(name, folder / name) for name in FILES]


def publish(api: HfApi, folder: Path, branch: str = "pico", tag: str = "pico.v1") -> str:
    api.create_repo(REPO, exist_ok=True)
    first = api.list_repo_commits(REPO)[-1].commit_id
    api.create_branch(REPO, branch=branch, revision=first, exist_ok=True)
    commit = api.create_commit(REPO, additions(folder), commit_message="Release", revision=branch, parent_commit=first)
    api.create_tag(REPO, tag=tag, revision=commit.oid, tag_message="first")
    return commit.oid


def contents(folder: Path) -> dict[str, bytes]:
    paths = (p for p in folder.rglob("*") if p.is_file() and ".cache" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}
