"""A report as a page of Markdown. Pure."""

from collections.abc import Iterator

from tests.bench.levels.cells import gigabytes, ratio, seconds, table
from tests.bench.levels.main_table import main_table
from tests.bench.levels.report import Report
from tests.bench.levels.results import OPTIMUM
from tests.bench.levels.size_tables import ladder, xl_sizes


def page(report: Report) -> str:
    """The whole page, which ends with a newline."""
    sections = (
        _head(report),
        main_table(report),
        _refused(report),
        _bounds(report),
        _fused(report),
        _loads_all(report),
        _conversions(report),
        ladder(report),
        xl_sizes(report),
    )
    return "\n\n".join("\n".join(section) for section in map(list, sections) if section) + "\n"


def _head(report: Report) -> Iterator[str]:
    machine, settings = report.machine, report.settings
    size = settings.latent * 8
    model = "Stable Diffusion 1.5's shapes" if settings.subject == "sd15" else "the shapes of a tiny model"
    yield "# Levels of precision and optimisation"
    yield ""
    yield f"Made by `{report.command}`: {model} with random weights, an image of {size} x {size}, batch 1."
    if report.optimum:
        yield "Beside each graph ran optimum-onnx 0.1.0's export (float32) of the same weights, in turns with it."
    yield ""
    versions = ", ".join(f"{name} {found}" for name, found in machine.versions.items())
    memory = gigabytes(machine.memory_bytes)
    yield f"- Machine: {machine.processor}, {machine.cores} cores, {memory} GB; {machine.system}"
    yield f"- Versions: {versions}; onnxruntime's CPU provider, all cores, without spinning threads"
    yield (
        f"- Load: median of {settings.loads} fresh processes in turns ({settings.slow_loads} for the UNet with all "
        "optimisations), after one that does not count; without starting Python"
    )
    yield (
        f"- Step: median of {settings.steps} runs in turns (VAE: {settings.vae_steps}), after one that does not count"
    )
    yield "- Peak memory: the most that was resident in the process, mapped weights included"
    yield "- PSNR: the lowest of the manifest's figures; MB and GB are powers of ten"
    if report.results:
        ended = [result.measured_at for result in report.results.values()]
        yield f"- Measured from {min(ended)} to {max(ended)} UTC, level by level"


def _refused(report: Report) -> Iterator[str]:
    if report.refused:
        yield "Not built by this version, and therefore not measured:"
        yield ""
        yield from (f"- `{level}`: {said}" for level, said in report.refused.items())


def _bounds(report: Report) -> Iterator[str]:
    yield "## What was promised"
    yield ""
    if not report.bounds:
        yield "No promise is about what was measured here."
        return
    held = sum(bound.held for bound in report.bounds)
    yield f"{held} of {len(report.bounds)} held."
    yield ""
    rows = [[b.what, b.limit, b.found, "held" if b.held else "**not held**"] for b in report.bounds]
    yield from table(["What", "Limit", "Found", ""], rows)


def _fused(report: Report) -> Iterator[str]:
    rows = []
    for result in report.results.values():
        precision, _, optimize = result.level.partition("/")
        plain = f"{precision}/none"
        if optimize == "none":
            continue
        for name, component in result.components.items():
            if plain in component.measured:
                figures = (ratio(result.ratio(name, what, plain)) for what in ("load_s", "step_s", "peak_bytes"))
                rows.append([f"`{result.level}`", name, *figures])
    if rows:
        yield "## Fused, beside the same precision without fusion"
        yield ""
        yield from table(["Level", "Component", "Load, ratio", "Step, ratio", "Peak memory, ratio"], rows)


def _loads_all(report: Report) -> Iterator[str]:
    yield "## Loading with all optimisations"
    yield ""
    yield (
        "onnxruntime's default, `ORT_ENABLE_ALL`, rewrites the weights of convolutions on the CPU; "
        "it is the client's choice."
    )
    yield ""
    rows = []
    for result in report.results.values():
        for name, component in result.components.items():
            theirs = component.measured.get(OPTIMUM)
            said = [
                seconds(component.measured[result.level].load_all_s),
                seconds(theirs.load_all_s if theirs else None),
            ]
            rows.append([f"`{result.level}`", name, *said, ratio(result.ratio(name, "load_all_s", OPTIMUM))])
    yield from table(["Level", "Component", "Load, s", "Optimum's, s", "Ratio"], rows)


def _conversions(report: Report) -> Iterator[str]:
    yield "## Converting"
    yield ""
    yield (
        "By the command line, in a process of its own: the first time, when what is traced depends on what was there; "
        "with warm templates; and with each component also in PyTorch and in onnxruntime. Memory is anonymous memory."
    )
    yield ""
    rows = [
        [
            f"`{each.level}`",
            *map(seconds, (each.converted.cold_s, each.converted.warm_s, each.converted.parity_s)),
            *map(gigabytes, (each.converted.warm_bytes, each.converted.parity_bytes)),
        ]
        for each in report.results.values()
    ]
    if report.optimum:
        rows.append(["optimum", seconds(report.optimum.seconds), "", "", gigabytes(report.optimum.anonymous_bytes), ""])
    head = ["Level", "First, s", "Warm, s", "With parity, s", "Peak memory, GB", "With parity, GB"]
    yield from table(head, rows)
