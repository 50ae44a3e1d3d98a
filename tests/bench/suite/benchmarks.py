"""The benchmarks of the suite: what each asks, how it measures, what it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

WORK, ENVIRONMENTS = "{work}", "{environments}"
"""Places in arguments: the folder of the benchmark alone, and that of environments, which all share."""
OPTIMUM_DISK_GB = 2.0
"""Of optimum's environment, torch included."""


class Size(StrEnum):
    """Which form of the suite."""

    FULL = "full"
    """Models at their real sizes: what is recorded."""
    QUICK = "quick"
    """Models of a few million parameters, few rounds, without optimum-onnx: shows that it works."""


@dataclass(frozen=True)
class Form:
    """How a benchmark is run in one size of the suite."""

    arguments: tuple[str, ...] = ()
    disk_gb: float = 0.1
    """The most that it holds at a time; it is deleted when the figures are kept."""
    minutes: float = 1.0
    """About, on two idle cores; a recorded run knows better."""
    with_optimum: tuple[str, ...] = ()
    """Further arguments where optimum-onnx takes part."""
    without_optimum: tuple[str, ...] = ()
    """Further arguments where it does not."""


@dataclass(frozen=True)
class Benchmark:
    """A module that is run, and tells its figures with `--figures FILE`."""

    name: str
    title: str
    how: str
    """Sentences for the page: how it is measured, and what its figures do not say."""
    forms: Mapping[Size, Form]
    package: str = "tests.bench"

    @property
    def module(self) -> str:
        return f"{self.package}.{self.name}"

    def arguments(self, size: Size, *, optimum: bool) -> tuple[str, ...]:
        """With the places still open."""
        form = self.forms[size]
        return *form.arguments, *(form.with_optimum if optimum else form.without_optimum)

    def command(self, size: Size, *, optimum: bool) -> str:
        """What measures the same by hand."""
        words = (".venv/bin/python -m", self.module, *self.arguments(size, optimum=optimum))
        return " ".join(words).replace(WORK, "FOLDER").replace(ENVIRONMENTS, "FOLDER")

    def needs_optimum(self, size: Size) -> bool:
        """Whether it runs optimum-onnx where that takes part."""
        return bool(self.forms[size].with_optimum)


def filled(arguments: tuple[str, ...], work: Path, environments: Path) -> list[str]:
    """Arguments with the folders in their places."""
    return [word.replace(WORK, str(work)).replace(ENVIRONMENTS, str(environments)) for word in arguments]


_HERE = ("--work", WORK)
_CP = (
    "`cp` is what people compare with, and a bad ruler: it returns when its bytes are in the page cache, so that its "
    "seconds depend on free memory and on what the disk did before, and differ several times over on one machine. "
    "Each round starts after `sync` and has both one after the other; a ratio counts only beside the seconds of its "
    "own run. The conversion hashes every byte besides; like `cp` it does not wait until the disk has all of it."
)

ALL: tuple[Benchmark, ...] = (
    Benchmark(
        "convert_sd15",
        "Stable Diffusion 1.5: convert, beside `cp` and optimum-onnx",
        "A checkpoint with random weights in Stable Diffusion 1.5's real shapes (float32, original keys) is converted "
        f"by the command line; times are those of whole processes. {_CP} Memory is the highest sum of the anonymous "
        "memory of all processes, sampled 50 times a second; mapped weights, which the machine can take back, are not "
        "in it. optimum-onnx runs once, in an environment of its own, on the same weights as a diffusers folder.",
        {
            Size.FULL: Form(
                ("--rounds", "5", "--beside", "fp16", *_HERE),
                disk_gb=22,
                minutes=14,
                with_optimum=("--against", "optimum", "--environments", ENVIRONMENTS),
            ),
            Size.QUICK: Form(("--tiny", "--rounds", "2", "--beside", "fp16", *_HERE), minutes=1),
        },
    ),
    Benchmark(
        "convert_sdxl",
        "Stable Diffusion XL: convert, in little memory",
        "A checkpoint of 6.9 GB (float16, original keys) becomes a release of 13.9 GB in float32, first with none of "
        "the checkpoint in the page cache, then with as much of it as fits. `cp` of the checkpoint and `cp` of the "
        "release run in the same round: the first reads as much as a conversion, the second writes as much.",
        {
            Size.FULL: Form(("--rounds", "2", *_HERE), disk_gb=36, minutes=10),
            Size.QUICK: Form(("--tiny", "--rounds", "1", *_HERE), minutes=1),
        },
    ),
    Benchmark(
        "convert_loras",
        "Three LoRAs blended into Stable Diffusion 1.5",
        "Three LoRAs of rank 128 in float16 on every attention and feed-forward layer of UNet and text encoder. Plain "
        "and blended conversions take turns.",
        {
            Size.FULL: Form(("--rounds", "5", *_HERE), disk_gb=16, minutes=6),
            Size.QUICK: Form(("--tiny", "--rounds", "1", *_HERE), minutes=1),
        },
    ),
    Benchmark(
        "compared_once",
        "A second entry that shares components with the first",
        "Stable Diffusion 1.5 in its real shapes is converted and compared with PyTorch; then the same checkpoint "
        "under another name and label, and a checkpoint of which one number of the UNet is another one. Graphs and "
        "weights are bound each time; what is the same as before is not compared again, nor is the pipeline as a whole "
        "where all of it is. Each round begins with nothing compared.",
        {
            Size.FULL: Form(("--rounds", "2", *_HERE), disk_gb=18, minutes=6),
            Size.QUICK: Form(("--tiny", "--rounds", "1", *_HERE), minutes=1),
        },
    ),
    Benchmark(
        "cold_start",
        "The first minute: a known architecture, nothing traced before",
        "Stable Diffusion 1.5 in its real shapes is converted with an empty cache, by the templates that ship with the "
        "package; beside it stands the same with tracing, which is what another architecture takes. What a command "
        "imports is what `python -X importtime` says.",
        {
            Size.FULL: Form(("--rounds", "3", *_HERE), disk_gb=10, minutes=3),
            Size.QUICK: Form(("--tiny", "--rounds", "1", *_HERE), minutes=1),
        },
    ),
    Benchmark(
        "small_machines",
        "Conversions in little memory",
        "Stable Diffusion 1.5 (float32) and XL (float16 to float32), each with three LoRAs of rank 128, in a memory "
        "cgroup that counts the page cache too; a process that needs more is killed. The bytes are compared with those "
        "of a conversion without a limit.",
        {
            Size.FULL: Form(_HERE, disk_gb=42, minutes=10),
            Size.QUICK: Form(("--tiny", *_HERE), minutes=1.5),
        },
    ),
    Benchmark(
        "levels",
        "The graphs in onnxruntime, beside optimum-onnx's export of the same weights",
        "Each graph is loaded in fresh processes and run in turns with optimum-onnx's, at `ORT_ENABLE_EXTENDED`, on "
        "all cores, an image of 512 x 512, batch 1. Here `fp32` without fusion alone; all levels of precision are "
        "measured by `python -m tests.bench.levels --work FOLDER --write docs/levels.md`.",
        {
            Size.FULL: Form(
                ("--levels", "fp32/none", *_HERE),
                disk_gb=16,
                minutes=16,
                with_optimum=("--environments", ENVIRONMENTS),
                without_optimum=("--without-optimum",),
            ),
            Size.QUICK: Form(
                ("--tiny", "--levels", "fp32/none", *_HERE), minutes=1, without_optimum=("--without-optimum",)
            ),
        },
    ),
    Benchmark(
        "fused_steps",
        "`optimize: fused` beside `none`",
        "The UNet of Stable Diffusion 1.5 at 64x64 latents, batch 2, at `ORT_ENABLE_EXTENDED`: both graphs are open in "
        "one process and take turns. The peak of memory is that of a process which opens one graph and runs it once.",
        {
            Size.FULL: Form(("--rounds", "10", *_HERE), disk_gb=9, minutes=8),
            Size.QUICK: Form(("--tiny", "--size", "16", "--rounds", "3", *_HERE), minutes=0.5),
        },
    ),
    Benchmark(
        "ten_thousand",
        "A registry of ten thousand models",
        "Each command is a process of its own, on a file hub that has a release of every model; medians of processor "
        "time, which other programs of the machine disturb less than seconds of a clock. Beside it stands the same on "
        "half of the registry: a ratio of 2 is linear, and less than that is what starting up takes.",
        {
            Size.FULL: Form(("--rounds", "3", *_HERE), disk_gb=1, minutes=5),
            Size.QUICK: Form(("--entries", "200", "--rounds", "1", *_HERE), minutes=0.3),
        },
    ),
    Benchmark(
        "shared_chunks",
        "What a variant of a published file sends",
        "The text encoder of Stable Diffusion 1.5 with random weights is uploaded to a loopback Hub by "
        "huggingface_hub, and then its variants; hf_xet cuts each into chunks and sends those that the Hub lacks.",
        {
            Size.FULL: Form(("--size", "full", *_HERE), disk_gb=6, minutes=1.5),
            Size.QUICK: Form(_HERE, minutes=0.3),
        },
    ),
    Benchmark(
        "random_schedules",
        "Runs of the release workflow in random schedules",
        "A change of the recipe touches every entry: real plan, matrix, publication and index in simulated time, with "
        "runners that fail, are slow, vanish or work on after they were taken for gone. The same seeds give the same.",
        {
            Size.FULL: Form(("--schedules", "1000"), minutes=10),
            Size.QUICK: Form(("--schedules", "10", "--wide", "0"), minutes=0.2),
        },
    ),
    Benchmark(
        "inspect_remote",
        "Look at a model of 4 GB on a server",
        "By the command line, on a TLS server on loopback: bytes and requests are those of the server's counters, and "
        "seconds have no network in them. The first look makes the table of key names, once for an architecture.",
        {Size.FULL: Form(minutes=0.5), Size.QUICK: Form(minutes=0.5)},
    ),
    Benchmark(
        "publish_faults",
        "Publications in which a request goes wrong",
        "Each request of a publication to a loopback Hub fails once (500, 429, connection cut), before and after it "
        "was applied; the end state is compared with that of the run without a fault, down to the last commit.",
        {
            Size.FULL: Form(minutes=6),
            Size.QUICK: Form(("--scenario", "a yank", "--transfer", "lfs"), minutes=0.5),
        },
    ),
    Benchmark(
        "lora_table",
        "The error of each LoRA dialect",
        "Every dialect on a tiny model of every architecture, beside LyCORIS, PEFT or a formula in float64: the "
        "largest of max |ours - theirs| / max |theirs| over all parameters.",
        {Size.FULL: Form(minutes=4), Size.QUICK: Form(("--dialects", "2"), minutes=0.4)},
    ),
    Benchmark(
        "fuzz_readers",
        "Changed files in the readers of weights",
        "Files with changed bits, numbers and lengths go through the readers of headers, archives and pickles: only "
        "errors of ours may come out.",
        {
            Size.FULL: Form(("--inputs", "100000"), minutes=0.3),
            Size.QUICK: Form(("--inputs", "2000"), minutes=0.1),
        },
    ),
)
