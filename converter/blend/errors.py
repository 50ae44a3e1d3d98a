"""Errors of the blend room."""

from converter.errors import ConverterError


class BlendError(ConverterError):
    """A LoRA or a Textual Inversion is not what it should be, or does not fit the model."""
