"""Does the image fit into memory? Asked before anything is loaded: the system would kill the process in the middle."""

from collections.abc import Iterator
from pathlib import Path

from converter.canonical import JsonObject, JsonValue
from converter.render.conditions import is_guided
from converter.render.errors import RenderError
from converter.render.job import Settings
from converter.render.model import RenderModel

_FLOAT32_BYTES = 4


def available_bytes(meminfo: Path = Path("/proc/meminfo")) -> int:
    """What the kernel says that new work can have without swapping."""
    (line,) = (line for line in meminfo.read_text("ascii").splitlines() if line.startswith("MemAvailable:"))
    return int(line.split()[1]) * 1024


def least_bytes(model: RenderModel, settings: Settings) -> int:
    """What one step takes at the very least: the scores of its largest attention, each place against each other.

    They grow with the square of the number of pixels, so they are what makes a large image impossible.
    """
    rows = 2 if is_guided(model, settings) else 1
    places = (settings.width // model.latent_scale) * (settings.height // model.latent_scale)
    unet = max(heads * (places >> 2 * level) ** 2 for level, heads in _attentions(model.unet))
    # The VAE's decoder has one head, over all latents.
    return _FLOAT32_BYTES * max(rows * unet, places**2)


def require_memory(model: RenderModel, settings: Settings, available: int) -> None:
    """Check that an image can be made in so much memory.

    Raises:
        RenderError: it takes more, with both numbers.
    """
    needed = least_bytes(model, settings)
    if needed > available:
        raise RenderError(
            f"--size {settings.width}x{settings.height}: one attention alone takes {needed / 1e9:,.1f} GB, "
            f"{available / 1e9:,.1f} GB of memory are available; choose a smaller size, such as "
            f"{model.default_size}x{model.default_size}"
        )


def _attentions(unet: JsonObject) -> Iterator[tuple[int, int]]:
    """How many times the latents are halved, and the heads, of each block that has attention."""
    blocks, heads = _values(unet["down_block_types"]), unet["attention_head_dim"]
    for level, block in enumerate(blocks):
        if "Attn" in str(block):
            # The field is called after a width, and holds the number of heads in all Stable Diffusion models.
            # https://github.com/huggingface/diffusers/issues/2011
            yield level, int(str(heads if isinstance(heads, int) else _values(heads)[level]))


def _values(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list | tuple) else []
