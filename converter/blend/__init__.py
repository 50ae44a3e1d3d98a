"""What is blended into a model before it is converted: LoRA and Textual Inversion files.

`lora` reads a LoRA of any dialect and says, per parameter of the model, how it changes; `inversion` reads a Textual
Inversion as tokens with their vectors. `BlendError` is what the room raises. Nothing is dropped: either all of a file
is applied, or the file is refused with the keys that were left. This room gets open weight files and gives values: it
opens, fetches and writes nothing, knows neither graphs nor releases, and imports no torch.
"""

from converter.blend.errors import BlendError

__all__ = ["BlendError"]
