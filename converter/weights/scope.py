"""How much of a weight file is read when it is opened."""

from enum import Enum, auto


class Scope(Enum):
    """What is looked at besides the description of the tensors."""

    HEADERS = auto()
    """Nothing: enough to describe a file that is far away. Places of tensors are lower bounds."""
    WHOLE = auto()
    """Also what stands beside each tensor (a zip's local headers, a legacy file's counts), as converting needs."""
