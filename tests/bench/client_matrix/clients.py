"""The clients, at which versions, and what each is asked to do: data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.bench.environments import OPTIMUM_PINS, TORCH

# As onnx-web 0.12 pins them, but for torch (of 2.1.1 there is no build for CPUs alone on the package index), and numpy,
# of which this torch needs a later 1.x. The last two are what datasets leaves open. optimum asks for the
# extra of transformers; where the pin does not, pip looks at every version.
ONNX_WEB_PINS = (
    TORCH,
    "diffusers==0.24.0",
    "optimum==1.16.0",
    "transformers[sentencepiece]==4.36.1",
    "onnx==1.15.0",
    "onnxruntime==1.16.3",
    "numpy==1.26.4",
    "huggingface-hub==0.19.4",
    "accelerate==0.25.0",
    "protobuf==3.20.3",
    "safetensors==0.4.1",
    "scipy==1.11.4",
    "datasets==2.15.0",
    "coloredlogs==15.0.1",
    "pandas==2.2.3",
    "pyarrow==15.0.2",
)
_NO_CLASS_FOR_XL = ("sdxl",)


@dataclass(frozen=True)
class Client:
    """A program that loads a release, in an environment of its own."""

    key: str
    title: str
    """With its version, as the table shows it."""
    driver: str
    """The module of `tests.bench.client_drivers` that runs it."""
    pins: tuple[str, ...] = ()
    """Empty for this project's own environment."""
    environment: str = ""
    """The folder of its environment."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Task to class, with `{}` where the line of the model stands; empty where the driver knows."""
    draws: str = "mean"
    """What PyTorch must do with the VAE's distribution to be comparable."""
    absent: tuple[str, ...] = ()
    """Rows (`release task`, or a release) that it has nothing for, so that there is no cell."""


def _onnx_classes() -> Mapping[str, str]:
    return {
        "txt2img": "diffusers.OnnxStableDiffusionPipeline",
        "img2img": "diffusers.OnnxStableDiffusionImg2ImgPipeline",
        "inpaint": "diffusers.OnnxStableDiffusionInpaintPipeline",
    }


CLIENTS = (
    Client("onnxruntime", "onnxruntime 1.32.0", "plain", absent=("sd1 inpaint", "sdxl inpaint")),
    Client(
        "optimum",
        "optimum-onnx 0.1.0",
        "pipelines",
        OPTIMUM_PINS,
        "optimum-onnx",
        {
            "txt2img": "optimum.onnxruntime.ORTStableDiffusion{}Pipeline",
            "img2img": "optimum.onnxruntime.ORTStableDiffusion{}Img2ImgPipeline",
            "inpaint": "optimum.onnxruntime.ORTStableDiffusion{}InpaintPipeline",
        },
        draws="sample",
    ),
    Client("diffusers", "diffusers 0.42.1", "pipelines", kinds=_onnx_classes(), absent=_NO_CLASS_FOR_XL),
    Client(
        "diffusers-old",
        "diffusers 0.24.0",
        "pipelines",
        ONNX_WEB_PINS,
        "onnx-web",
        _onnx_classes(),
        absent=_NO_CLASS_FOR_XL,
    ),
    Client("onnx-web", "onnx-web 0.12", "onnx_web", ONNX_WEB_PINS, "onnx-web", absent=("sdxl inpaint",)),
)
ONNX_WEB = CLIENTS[-1]
ROWS = (
    ("sd1", "txt2img"),
    ("sd1", "img2img"),
    ("sd1", "inpaint"),
    ("sd1-inpaint", "inpaint"),
    ("sd2", "txt2img"),
    ("sdxl", "txt2img"),
    ("sdxl", "img2img"),
    ("sdxl", "inpaint"),
)
"""Release and task, in the order of the table."""
BLENDS = (("sd1", "lora"), ("sd1", "inversion"), ("sdxl", "lora"), ("sdxl", "lora, original names"))
"""Release, and what onnx-web blends into it while it runs."""


def cells_of(client: Client) -> Iterator[tuple[str, str]]:
    """The rows that a client has a cell in."""
    for release, task in ROWS:
        if release not in client.absent and f"{release} {task}" not in client.absent:
            yield release, task
