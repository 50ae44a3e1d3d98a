"""What an inversion must fit: the text encoders of a model, and what a vector of another width was made for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from converter.blend.errors import BlendError

Encoder = Literal["text_encoder", "text_encoder_2"]
"""By the names of their folders; SDXL has both: CLIP-L first, then CLIP-G."""

_MADE_FOR = {768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x", 1280: "SDXL's second text encoder alone"}
_START_AND_END = 2  # which every prompt has, so that they leave no room for a token of ours


@dataclass(frozen=True)
class TextEncoders:
    """The text encoders of a model."""

    architecture: str
    """As people call it: for messages."""
    widths: Mapping[Encoder, int]
    """`hidden_size` of each, in numbers a vector."""
    context: int = 77
    """Longest prompt in tokens, start and end included."""

    @property
    def most_vectors(self) -> int:
        """How many vectors fit into a prompt at once."""
        return self.context - _START_AND_END

    def require_width(self, encoder: Encoder, width: int) -> None:
        """Check that a vector fits an encoder.

        Raises:
            BlendError: it does not; says what it was made for.
        """
        if self.widths[encoder] != width:
            raise BlendError(
                f"its vectors have {width} numbers{_made_for(width)}, this model is {self.architecture}, whose "
                f"{encoder} takes {self.widths[encoder]}; use an inversion that was trained for it"
            )

    def require_encoders(self, wanted: tuple[Encoder, ...], width: int | None = None) -> None:
        """Check that a file has vectors for exactly the encoders of this model.

        Raises:
            BlendError: it has too few or too many.
        """
        if set(wanted) == set(self.widths):
            return
        made_for = ", made for SDXL" if len(wanted) > 1 else _made_for(width)
        raise BlendError(
            f"it has vectors for {' and '.join(wanted)}{made_for}, this model is {self.architecture}, whose text "
            f"encoders are {' and '.join(self.widths)}; use an inversion that was trained for it"
        )


def _made_for(width: int | None) -> str:
    return f", made for {_MADE_FOR[width]}" if width in _MADE_FOR else ""
