"""Which client loads our releases, unchanged, and makes the image that PyTorch makes: a table of actual runs.

Each client runs in a virtual environment of its own, at pinned versions, made in the work folder:
python -m tests.bench.clients --work FOLDER [--onnx-web DIR] [--write docs/client-matrix.md]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tests.bench.client_drivers.jobs import Job
from tests.bench.client_matrix.cells import Cell, blend_cells, plain_cells
from tests.bench.client_matrix.clients import CLIENTS, ONNX_WEB, ROWS, Client
from tests.bench.client_matrix.judging import Outcome, Verdict, judged
from tests.bench.client_matrix.known import PAGE, known_gaps
from tests.bench.client_matrix.levels import BuiltLevel, built_levels
from tests.bench.client_matrix.releases import released
from tests.bench.client_matrix.running import Array, Driver
from tests.bench.client_matrix.snippets import onnx_web_snippet, optimum_snippet
from tests.bench.client_matrix.table import HEAD, line, page, records
from tests.bench.environments import environment


@dataclass(frozen=True)
class Asked:
    """What the command line says."""

    work: Path
    onnx_web: Path | None
    """The folder `api/` of onnx-web's source, or the one that has it."""
    clients: tuple[Client, ...]
    levels: tuple[BuiltLevel, ...]
    releases: tuple[str, ...]
    write: Path | None


def main() -> None:
    asked = _asked()
    (asked.work / "images").mkdir(parents=True, exist_ok=True)
    contracts = {(name, level.name): _release(asked, name, level) for level in asked.levels for name in asked.releases}
    cells = [(client, _cells(asked, client)) for client in asked.clients]
    references = _references(asked.work, [cell for _, own in cells for cell in own])
    print(HEAD)
    outcomes = [outcome for client, own in cells for outcome in _run(asked, client, own, references)]
    faults = [outcome for outcome in outcomes if outcome.verdict is Verdict.FAULT]
    print(f"\n{len(outcomes)} cells: {len(outcomes) - len(faults)} as documented, {len(faults)} not")
    broken = [client for client, own in cells if not _snippet_runs(asked, client, own)]
    if asked.write:
        asked.write.write_text(page(outcomes, contracts, asked.levels, _head(asked)), encoding="utf-8")
        asked.write.with_suffix(".json").write_text(json.dumps(records(outcomes), indent=1) + "\n", encoding="utf-8")
    raise SystemExit(1 if faults or broken else 0)


def _asked() -> Asked:
    levels = {level.name: level for level in built_levels()}
    clients = {client.key: client for client in CLIENTS}
    releases = tuple(dict.fromkeys(release for release, _ in ROWS))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="where environments, models and images go")
    parser.add_argument("--onnx-web", type=Path, help="a copy of onnx-web's source, 0.12; without it, no cells of it")
    parser.add_argument("--client", action="append", choices=clients, help="only this one; may be given again")
    parser.add_argument("--level", action="append", choices=levels, help="only this one; may be given again")
    parser.add_argument("--release", action="append", choices=releases, help="only this one; may be given again")
    parser.add_argument("--write", type=Path, help="also as a page, with JSON beside it")
    said = parser.parse_args()
    source = said.onnx_web.resolve() if said.onnx_web else None
    wanted = said.client or [key for key in clients if source or key != ONNX_WEB.key]
    if ONNX_WEB.key in wanted and not source:
        parser.error("the client onnx-web needs --onnx-web: a copy of its source")
    return Asked(
        work=said.work.resolve(),
        onnx_web=source / "api" if source and (source / "api").is_dir() else source,
        clients=tuple(clients[key] for key in wanted),
        levels=tuple(levels[name] for name in said.level or levels),
        releases=tuple(said.release or releases),
        write=said.write,
    )


def _release(asked: Asked, name: str, level: BuiltLevel) -> str:
    """OnnxStack's cell: a release that breaks the contract is not made."""
    released(asked.work, name, level)
    return "contract"


def _cells(asked: Asked, client: Client) -> list[Cell]:
    blended = blend_cells(asked.work, asked.levels) if client == ONNX_WEB else ()
    return [
        cell for cell in (*plain_cells(asked.work, client, asked.levels), *blended) if cell.release in asked.releases
    ]


def _references(work: Path, cells: Sequence[Cell]) -> dict[str, Array]:
    """PyTorch's images, in this project's environment, by the `out` of their jobs."""
    jobs: dict[str, Job] = {}
    for cell in cells:
        jobs |= {job.out: job for job in (cell.reference, cell.plain) if job}
    missing = [job for job in jobs.values() if not _is_of(job)]
    ran = Driver("pipelines", Path(sys.executable), work).run(missing)
    failed = [f"{out}: {result.error}" for out, result in ran.items() if result.image is None]
    if failed:
        raise SystemExit("PyTorch made no image to compare with:\n" + "\n".join(failed))
    for job in missing:
        Path(job.out).with_suffix(".json").write_text(json.dumps(asdict(job)))
    return {out: np.load(out) for out in jobs}


def _is_of(job: Job) -> bool:
    """Whether the image of an earlier run is of this job, and of the model that is there now."""
    image, note = Path(job.out), Path(job.out).with_suffix(".json")
    if not image.exists() or not note.exists() or image.stat().st_mtime < Path(job.folder).stat().st_mtime:
        return False
    return bool(json.loads(note.read_text()) == json.loads(json.dumps(asdict(job))))


def _run(asked: Asked, client: Client, cells: Sequence[Cell], references: dict[str, Array]) -> list[Outcome]:
    ran = _driver(asked, client).run([cell.job for cell in cells])
    gaps = known_gaps(PAGE.read_text("utf-8"))
    outcomes = [judged(cell, ran[cell.job.out], references, gaps) for cell in cells]
    for outcome in outcomes:
        print(line(outcome), flush=True)
    empty = sorted({name for result in ran.values() for name in result.facts.get("left out", ())})
    if empty:
        print(f"{client.title}: imported empty, as it is not installed: {', '.join(empty)}")
    return outcomes


def _driver(asked: Asked, client: Client) -> Driver:
    """The driver in the client's environment, which is made now if it is not there."""
    own = asked.work / "environments" / client.environment
    python = environment(own, client.pins) if client.pins else Path(sys.executable)
    return Driver(client.driver, python, asked.work, (asked.onnx_web,) if client == ONNX_WEB and asked.onnx_web else ())


def _snippet_runs(asked: Asked, client: Client, cells: Sequence[Cell]) -> bool:
    """Whether what docs/clients.md shows for the client works as it stands; those of our environment are tests."""
    shown = [cell for cell in cells if (cell.release, cell.task) == ("sd1", "txt2img")]
    if not shown or client.key not in ("optimum", ONNX_WEB.key):
        return True
    driver = _driver(asked, client)
    release = Path(shown[0].job.folder).resolve()
    wrong = (
        onnx_web_snippet(driver, shown[0], asked.work)
        if client == ONNX_WEB
        else optimum_snippet(driver.python, release, asked.work)
    )
    print(f"{client.title}: the snippet of docs/clients.md {f'FAILED: {wrong}' if wrong else 'runs as it stands'}")
    return not wrong


def _head(asked: Asked) -> str:
    pins = "\n".join(
        f"| {client.title} | {', '.join(pin.replace('==', ' ') for pin in client.pins) or 'of this project'} |"
        for client in asked.clients
    )
    return f"""# Client matrix

Every cell is a run of {datetime.now(UTC):%d %B %Y}: the client at its own pinned versions, in its own environment,
loads the release folder as it is. Its image is compared with that of diffusers' pipeline on PyTorch, in float32,
from the same latents; the figure is the peak signal-to-noise ratio. The limit of each level is that of its components,
of `int8` that of a whole pipeline.
"–": the client has no class for it. "contract": what OnnxStack relies on was checked by `verify`. The models are tiny.

`python -m tests.bench.clients --work FOLDER --onnx-web DIR --write docs/client-matrix.md` makes this page.

| client | its environment |
|---|---|
{pins}"""


if __name__ == "__main__":
    main()
