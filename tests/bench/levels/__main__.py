"""Measure every level, and write the page.

python -m tests.bench.levels --work FOLDER --write docs/levels.md [--levels fp32/none,fp16/none] [--tiny]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from converter.graphs import TemplateStore
from tests.bench import figures
from tests.bench.levels.as_figures import as_figures
from tests.bench.levels.bounds import bounds
from tests.bench.levels.converting import Converter
from tests.bench.levels.level import ALL, Level, parse_levels
from tests.bench.levels.machine import this_machine
from tests.bench.levels.one_level import Bench, level_result
from tests.bench.levels.optimum import exported
from tests.bench.levels.page import page
from tests.bench.levels.report import Report
from tests.bench.levels.results import plain
from tests.bench.levels.settings import FULL, TINY, Settings
from tests.bench.levels.sizes import Sizes, computed
from tests.bench.levels.subject import components_of, source_of, write_inputs


def main() -> None:
    arguments = _arguments()
    report = _report(arguments)
    text = page(report)
    print(f"\n{text}")
    if arguments.write:
        arguments.write.write_text(text)
        arguments.write.with_suffix(".json").write_text(json.dumps(plain(report), indent=1) + "\n")
    found = tuple(as_figures(report))
    figures.write(figures.without_bounds(found) if arguments.tiny else found, arguments.figures)
    # What is promised is promised of the model at its real size.
    if not arguments.tiny and not all(bound.held for bound in report.bounds):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.levels", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="holds about 40 GB at full size with all levels")
    parser.add_argument("--write", type=Path, help="the page; the figures go beside it, as JSON")
    parser.add_argument("--levels", type=parse_levels, default=ALL, help="such as fp32/none,fp16/fused")
    parser.add_argument("--cache", type=Path, help="of graph templates; WORK/cache by default")
    parser.add_argument("--tiny", action="store_true", help="a model of five million parameters: checks this command")
    parser.add_argument("--steps", type=int, help=f"runs of each UNet; {FULL.steps}, as promised, by default")
    parser.add_argument("--without-optimum", action="store_true", help="do not export and run optimum's graphs")
    parser.add_argument("--environments", type=Path, help="where optimum's is made; WORK by default")
    figures.add_option(parser)
    parser.add_argument("--again", action="store_true", help="measure anew what WORK/results has, optimum's export too")
    return parser.parse_args()


def _report(arguments: argparse.Namespace) -> Report:
    settings = _settings(arguments)
    work: Path = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    cache: Path = (arguments.cache or work / "cache").resolve()
    source = source_of(settings, work)
    environments: Path = (arguments.environments or work).resolve()
    made = None if arguments.without_optimum else exported(source, work, environments, again=arguments.again)
    folder, optimum = made or (None, None)
    inputs = write_inputs(settings, work / "inputs" / settings.subject)
    bench = Bench(settings, Converter(work, cache, source), folder, inputs)
    refused = {str(level): level.refusal for level in arguments.levels if level.refusal}
    built = [level for level in arguments.levels if not level.refusal]
    results = {str(level): level_result(level, bench, again=arguments.again) for level in built}
    sizes = _sizes(built, settings, TemplateStore(cache / "templates"))
    found = bounds(results, sizes, real_size=not arguments.tiny)
    return Report(_command(arguments), this_machine(), settings, optimum, results, refused, sizes, found)


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = TINY if arguments.tiny else FULL
    steps = arguments.steps or settings.steps
    return replace(settings, steps=steps, vae_steps=min(steps, settings.vae_steps))


def _sizes(built: Sequence[Level], settings: Settings, store: TemplateStore) -> dict[str, Sizes]:
    """Of what is converted here, and of Stable Diffusion XL, which is not."""
    return {name: computed(name, components_of(settings, name), built, store) for name in ("sd1", "sdxl")}


def _command(arguments: argparse.Namespace) -> str:
    """What makes the same page elsewhere."""
    words = ["python -m tests.bench.levels --work FOLDER --write docs/levels.md"]
    if arguments.levels != ALL:
        words.append(f"levels {','.join(map(str, arguments.levels))}")
    if arguments.steps:
        words.append(f"steps {arguments.steps}")
    words += [option for option in ("tiny", "without_optimum") if getattr(arguments, option)]
    return " --".join(words).replace("_", "-")


if __name__ == "__main__":
    main()
