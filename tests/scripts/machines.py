"""A machine that setup-runner prepares: a folder that stands for its root, and what is asked of it."""

import hashlib
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

SETUP = Path(__file__).parents[2] / "scripts" / "setup-runner"
TOKEN = "github_pat_11AAAAAAAAAAAAAAAAAAAA_secretsecretsecretsecret"  # noqa: S105 (of nobody)
PROGRAM = "opt/onnx-registry-runner"
SECRETS = "etc/onnx-registry-runner"
HOME = "var/lib/onnx-registry-runner"
UNIT = "etc/systemd/system/onnx-registry-runner.service"

Run = Callable[..., subprocess.CompletedProcess[str]]


def secret(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_text(f"{text}\n")
    path.chmod(mode)
    return path


def tree(root: Path) -> dict[str, tuple[str, str]]:
    """Every path with its mode, and the digest of its content."""
    return {
        str(path.relative_to(root)): (
            oct(path.lstat().st_mode),
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(root.rglob("*"))
    }


def states(result: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Each step of the output and its state."""
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines() if ":" in line or len(line.split()) < 4]
    return {line[1].split(":")[0]: line[0] for line in lines if len(line) > 1}


def ok(result: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def job(**changes: str) -> dict[str, str]:
    return {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/zoo",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_WORKFLOW_REF": "acme/zoo/.github/workflows/release.yml@refs/heads/main",
        "GITHUB_JOB": "convert",
        **changes,
    }


def gate(machine: Path, **changes: str) -> int:
    command = ["bash", "-e", str(machine / PROGRAM / "gate.sh")]
    return subprocess.run(command, env=job(**changes), capture_output=True, check=False).returncode


def packed(runner: Path, folder: Path) -> Path:
    archive = folder / "runner.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(runner, ".")
    return archive
