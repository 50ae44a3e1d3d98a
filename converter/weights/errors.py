"""What the weights room raises."""

from converter.errors import ConverterError


class WeightsError(ConverterError):
    """A weight file cannot be read as what it should be, or holds what no model may hold; raised by this room only."""
