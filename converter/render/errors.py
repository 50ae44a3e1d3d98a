"""What goes wrong while an image is made."""

from converter.errors import ConverterError


class RenderError(ConverterError):
    """The release cannot make the image that is asked for: wrong kind, or size, input, memory or device do not fit."""
