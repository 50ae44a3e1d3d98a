"""The sources of a registry, looked at where they are: what would fail the conversion is found before a download.

`look_online` gives a `Fits` or `Misfit`s for each source. An entry for a model is checked as a whole: what it says of
the model, its VAE, its LoRAs and its inversions against each other, as far as headers tell; entries of `networks` by
what is in their files. Textual Inversions, which are small, are read whole.
"""

from converter.online.look_online import look_online
from converter.online.seen import Fits, Misfit, Seen

__all__ = ["Fits", "Misfit", "Seen", "look_online"]
