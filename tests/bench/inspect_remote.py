"""Look at models of 4 GB on a server on loopback, by the real command line: bytes transferred, and seconds.

python -m tests.bench.inspect_remote
"""

import json
import tempfile
import time
from pathlib import Path

from tests.support.certificates import certificate_for_localhost
from tests.support.command_line import Ran
from tests.support.fixtures_web import SecureWeb
from tests.support.original_shapes import sd15_shapes, write_zeros
from tests.support.range_server import RangeServer
from tests.support.sparse_files import command_pickle, sparse_checkpoint


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        certificate = certificate_for_localhost(root)
        files = {
            "model.safetensors": write_zeros(root / "a", sd15_shapes()),
            "model.ckpt": sparse_checkpoint(root / "b", sd15_shapes()),
        }
        with RangeServer(certificate) as server:
            web = SecureWeb(server, certificate)
            for path, file in files.items():
                server.serve(f"/{path}", file)
                for state in ("first look", "again"):
                    _measure(web, path, file.stat().st_size, state, root)
            touched = root / "touched"
            server.serve("/evil.ckpt", sparse_checkpoint(root / "c", sd15_shapes(), command_pickle(f"touch {touched}")))
            ran, seconds, sent = _inspect(web, "evil.ckpt", root)
            print(f"evil.ckpt: exit code {ran.code} after {sent:,} bytes and {seconds:.1f} s; ran: {touched.exists()}")
            print(f"  {ran.err.strip()}")


def _measure(web: SecureWeb, path: str, size_bytes: int, state: str, root: Path) -> None:
    ran, seconds, sent = _inspect(web, path, root)
    if ran.code:
        raise SystemExit(ran.output)
    found = json.loads(ran.out)
    print(
        f"{path}, {size_bytes:,} bytes, {state}: {found['architecture']}, {sent:,} bytes transferred "
        f"in {len(web.server.log)} requests, {seconds:.1f} s"
    )


def _inspect(web: SecureWeb, path: str, root: Path) -> tuple[Ran, float, int]:
    web.server.sent_bytes, started = 0, time.monotonic()
    web.server.log.clear()
    ran = web.run("inspect", f"{web.url}/{path}", "--json", "--cache", root / "cache", cwd=root)
    return ran, time.monotonic() - started, web.server.sent_bytes


if __name__ == "__main__":
    main()
