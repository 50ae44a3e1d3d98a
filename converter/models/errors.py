"""What the models room raises."""

from converter.errors import ConverterError


class ModelError(ConverterError):
    """A checkpoint, a config or a tokenizer is not what this program knows; raised by the models room only."""
