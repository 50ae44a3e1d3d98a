"""One level from its conversion to its figures; what was measured before, with the same settings, is not again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from converter.graphs import making, template_key
from tests.bench.levels.converting import Converter
from tests.bench.levels.level import Level
from tests.bench.levels.measuring import agreement, load_times, output_file, run_times
from tests.bench.levels.results import OPTIMUM, Component, LevelResult, Measured, load_result, save
from tests.bench.levels.settings import Settings
from tests.bench.levels.subject import components_of


@dataclass(frozen=True)
class Bench:
    """What all levels share."""

    settings: Settings
    converter: Converter
    optimum: Path | None
    """Its folder; `None` when it is left out."""
    inputs: Mapping[str, Path]
    """Component to its file of inputs."""

    @property
    def work(self) -> Path:
        return self.converter.work


def level_result(level: Level, bench: Bench, *, again: bool) -> LevelResult:
    """The figures of a level: from its file, or measured now and kept there."""
    path = bench.work / "results" / f"{bench.settings.subject}-{level.entry_name}.json"
    found, templates = load_result(path), _templates(level, bench.settings)
    asked = (bench.settings, bench.optimum is not None, templates)
    if found is not None and not again and (found.settings, found.optimum, found.templates) == asked:
        print(f"{level}: taken from {path}", flush=True)
        return found
    print(f"{level}: converting", flush=True)
    converted = bench.converter.measure(level)
    folders = _folders(level, bench)
    components = {name: _component(level, name, folders, bench) for name in bench.inputs}
    result = LevelResult(str(level), _now(), *asked, converted, components)
    save(result, path)
    return result


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"


def _templates(level: Level, settings: Settings) -> dict[str, str]:
    """Component to the key of the graph that it has now."""
    keys = {}
    for name, component in components_of(settings, "sd1").items():
        key = template_key(component)
        for each in making("sd1", component.kind, level.precision, level.optimize).passes:
            key = each.key(key)
        keys[name] = key
    return keys


def _folders(level: Level, bench: Bench) -> dict[str, Path]:
    """Whose graphs run in turns, and where they are."""
    folders = {str(level): bench.converter.release(level)}
    if bench.optimum:
        folders[OPTIMUM] = bench.optimum
    if level.plain and not level.plain.refusal:
        folders[str(level.plain)] = bench.converter.ready(level.plain)
    return folders


def _component(level: Level, name: str, folders: Mapping[str, Path], bench: Bench) -> Component:
    print(f"{level}: {name}", end="", flush=True)
    graphs = {whose: folder / name / "model.onnx" for whose, folder in folders.items()}
    inputs, outputs, settings = bench.inputs[name], bench.work / "outputs" / name, bench.settings
    loads, loads_all = (
        load_times(graphs, inputs, optimisation, settings.loads_of(name, optimisation))
        for optimisation in ("extended", "all")
    )
    runs = run_times(graphs, inputs, settings.steps_of(name), outputs)
    measured = {whose: Measured(loads[whose], loads_all[whose], *runs[whose]) for whose in graphs}
    _say(measured)
    if not bench.optimum:
        return Component(measured, None)
    return Component(measured, agreement(output_file(outputs, str(level)), output_file(outputs, OPTIMUM)))


def _say(measured: Mapping[str, Measured]) -> None:
    figures = (
        f"{whose} load {each.load_s:.3f} s, step {each.step_s:.3f} s, {each.peak_bytes / 1e9:.2f} GB"
        for whose, each in measured.items()
    )
    print(f": {'; '.join(figures)}", flush=True)
