"""Look at models of 4 GB on a server on loopback, by the real command line: bytes transferred, and seconds.

python -m tests.bench.inspect_remote [--figures FILE]
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import figures
from tests.bench.figures import Figure, Kind, at_most
from tests.support.certificates import certificate_for_localhost
from tests.support.command_line import Ran
from tests.support.fixtures_web import SecureWeb
from tests.support.original_shapes import sd15_shapes, write_zeros
from tests.support.range_server import RangeServer
from tests.support.sparse_files import command_pickle, sparse_checkpoint


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    figures.add_option(parser)
    target: Path | None = parser.parse_args().figures
    figures.write(tuple(_figures()), target)


def _figures() -> Iterator[Figure]:
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
                    yield from _measure(web, path, file.stat().st_size, state, root)
            touched = root / "touched"
            server.serve("/evil.ckpt", sparse_checkpoint(root / "c", sd15_shapes(), command_pickle(f"touch {touched}")))
            ran, seconds, sent = _inspect(web, "evil.ckpt", root)
            print(f"evil.ckpt: exit code {ran.code} after {sent:,} bytes and {seconds:.1f} s; ran: {touched.exists()}")
            print(f"  {ran.err.strip()}")
            yield Figure("a .ckpt that would run a command: bytes until it is refused", Kind.SIZE, sent)
            yield Figure(
                "a .ckpt that would run a command: times that it ran",
                Kind.COUNT,
                int(touched.exists()),
                bound=at_most(0),
            )


def _measure(web: SecureWeb, path: str, size_bytes: int, state: str, root: Path) -> Iterator[Figure]:
    ran, seconds, sent = _inspect(web, path, root)
    if ran.code:
        raise SystemExit(ran.output)
    found = json.loads(ran.out)
    print(
        f"{path}, {size_bytes:,} bytes, {state}: {found['architecture']}, {sent:,} bytes transferred "
        f"in {len(web.server.log)} requests, {seconds:.1f} s"
    )
    name = f"{path.removeprefix('/')}, {state}"
    yield Figure(f"{name}: transferred", Kind.SIZE, sent, "the file", size_bytes)
    yield Figure(f"{name}: requests", Kind.COUNT, len(web.server.log))
    yield Figure(name, Kind.TIME, seconds, how="one run")


def _inspect(web: SecureWeb, path: str, root: Path) -> tuple[Ran, float, int]:
    web.server.sent_bytes, started = 0, time.monotonic()
    web.server.log.clear()
    ran = web.run("inspect", f"{web.url}/{path}", "--json", "--cache", root / "cache", cwd=root)
    return ran, time.monotonic() - started, web.server.sent_bytes


if __name__ == "__main__":
    main()
