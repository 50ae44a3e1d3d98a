"""Tokens and secret queries: in no output, message, log, manifest, card or file of a cache, whatever servers answer."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.command_line import Ran
from tests.support.fixtures_web import SecureWeb
from tests.support.loopback_hub import Answer, HubSettings, LoopbackHub, On, client_environment
from tests.support.range_server import Echo, Reply
from tests.support.registries import write_registry

pytestmark = pytest.mark.slow

HF, CIVITAI, QUERY, SIGNATURE = (
    f"{kind}ThatNobodyMaySee" for kind in ("hf_token", "civitaiToken", "queryValue", "signatureOfALink")
)
SECRETS = (HF, CIVITAI, QUERY, SIGNATURE)
ALWAYS = 10_000
_CIVITAI_PATH = "/api/download/models/6266"
_HUB_SOURCE = "huggingface://org/files/m.safetensors"
COMMANDS = (
    ("-v", "inspect", _HUB_SOURCE),
    ("-v", "inspect", "huggingface://org/files"),
    ("-v", "inspect", "civitai://6266?type=Model"),
    ("-v", "inspect", "WEB"),
    ("-v", "validate", "--online"),
    ("-v", "validate", "--pin"),
    ("-v", "validate", "--online", "--json"),
    ("-v", "convert", "--no-parity"),
    ("-v", "release", "two"),
)


class Place:
    """A repository whose sources are on a hub, on Civitai and on the web, each behind a secret."""

    def __init__(self, web: SecureWeb, hub: LoopbackHub, root: Path) -> None:
        self.web, self.hub, self.root = web, hub, root
        self.address = f"{web.url}/file?name={QUERY}"
        self.seen: list[str] = []
        write_registry(
            root,
            {"name": "one", "source": _HUB_SOURCE, "license": "mit"},
            {"name": "two", "source": "civitai://6266?type=Model", "license": "mit"},
            {"name": "three", "source": self.address, "license": "mit"},
        )

    def run(self, *arguments: str, cache: Path) -> Ran:
        words = [self.address if word == "WEB" else word for word in arguments]
        variables = {**client_environment(self.hub, self.root / "hf-home"), "HF_TOKEN": HF, "CIVITAI_TOKEN": CIVITAI}
        variables["ONNX_REGISTRY_CACHE"] = str(cache)
        ran = self.web.run(*words, cwd=self.root, **variables)
        self.seen.append(ran.output)
        return ran

    def leaks(self, *folders: Path) -> list[str]:
        """Where a secret is: in what was printed, in files and in their names; the registry has what was written."""
        printed = [text for text in self.seen if any(secret in text for secret in SECRETS)]
        return [*printed, *(str(path) for path in _files((self.root, *folders)) if _has_secret(path))]


def _files(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.name != "extras.json"]


def _has_secret(path: Path) -> bool:
    data = path.read_bytes() if path.suffix not in (".pb", ".onnx") else b""
    return any(secret in str(path) or secret.encode() in data for secret in SECRETS)


@pytest.fixture
def place(secure_web: SecureWeb, tmp_path: Path) -> Iterable[Place]:
    settings = HubSettings(tokens=(HF,), cdn=True)
    with LoopbackHub(tmp_path / "hub", settings=settings) as hub:
        (tmp_path / "root").mkdir()
        yield Place(secure_web, hub, tmp_path / "root")


@pytest.mark.parametrize("status", [401, 404, 200])
def test_servers_that_repeat_what_they_were_sent_find_no_echo(place: Place, tmp_path: Path, status: int) -> None:
    for path in (_CIVITAI_PATH, "/file"):
        place.web.server.serve(path, b"", *[Echo(status)] * 99)
    if status == 200:
        place.hub.seed_repo("org/files", {"m.safetensors": b"<html>sign in</html>"})
    else:
        place.hub.seed_repo("org/files", {"m.safetensors": b"\x08" + bytes(7) + b"{}      "})
        place.hub.faults.arm(Answer(status, f"Bearer {HF} may not", "GatedRepo"), On(path="/", times=ALWAYS))

    codes = [place.run(*command, cache=tmp_path / "cache").code for command in COMMANDS]

    assert set(codes) == {1}
    assert place.leaks(tmp_path / "cache") == []
    assert {asked.headers["Authorization"] for asked in place.web.server.log if asked.path.startswith("/api")} == {
        f"Bearer {CIVITAI}"
    }
    assert any(QUERY in asked.path for asked in place.web.server.log)
    assert any(HF in asked.authorization for asked in place.hub.log)


def test_servers_that_break_show_nothing_either(place: Place, tmp_path: Path) -> None:
    leave = {"Retry-After": "9999", "Location": f"/{QUERY}"}
    for path in (_CIVITAI_PATH, "/file"):
        place.web.server.serve(path, b"", *[Reply(503, f"{CIVITAI} {QUERY}".encode(), leave)] * 99)
    broken = Answer(429, f"Bearer {HF} asks too often")
    place.hub.seed_repo("org/files", {"m.safetensors": b"x"})
    place.hub.faults.arm(broken, On(path="/", times=ALWAYS))

    codes = [place.run(*command, cache=tmp_path / "cache").code for command in COMMANDS[2:]]

    assert set(codes) == {4}
    assert place.leaks(tmp_path / "cache") == []


def test_what_is_released_and_kept_has_no_secret_in_it(
    place: Place, pico_checkpoint: Path, cache: Path, tmp_path: Path
) -> None:
    place.hub.seed_repo("org/files", {"m.safetensors": pico_checkpoint})
    signed = Reply(307, headers={"Location": f"/stored?signature={SIGNATURE}"})
    place.web.server.serve(_CIVITAI_PATH, b"", *[signed] * 99)
    place.web.server.serve("/file", b"", *[signed] * 99)
    place.web.server.serve("/stored", pico_checkpoint)

    codes = [place.run(*command, cache=cache).code for command in COMMANDS if command[-1] != "huggingface://org/files"]
    listed = place.run("cache", "list", cache=cache)

    assert (set(codes), listed.code) == ({0}, 0)
    assert {path.parent.name for path in place.root.rglob("*.v1/manifest.json")} == {"one.v1", "two.v1", "three.v1"}
    assert (place.root / "hub/two.v1/README.md").is_file()
    assert place.leaks(cache / "downloads") == []
    assert any(SIGNATURE in asked.path for asked in place.web.server.log)
