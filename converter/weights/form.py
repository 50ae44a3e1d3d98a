"""What wrote a weight file, told from its first bytes, whatever its name says."""

from converter.weights.header import LENGTH_BYTES, MAX_HEADER_BYTES
from converter.weights.torch_file import PICKLE_STARTS, ZIP_START
from converter.weights.weight_file import Form

FORM_BYTES = LENGTH_BYTES + 1
"""How many bytes tell."""


def form_of(start: bytes) -> Form:
    """The form of a file that begins with `start`; what is neither is left to the reader of safetensors to name."""
    if start.startswith(ZIP_START):
        return "torch"
    # A safetensors header of 640 bytes begins with 80 02, as a pickle does; behind its length is a brace.
    size = int.from_bytes(start[:LENGTH_BYTES], "little")
    safetensors = start[LENGTH_BYTES:FORM_BYTES] == b"{" and size <= MAX_HEADER_BYTES
    return "torch" if start.startswith(PICKLE_STARTS) and not safetensors else "safetensors"
