"""Textual Inversions: from a weight file of whatever layout to tokens, each with its vector for each text encoder.

`recognise` tells the layout by keys and shapes, `read_inversion` gives the vectors (`Inversion`); `token_vectors` names
them as onnx-web does (`TokenVectors`); `blend_inversion` is both for an entry of the registry, with the record that the
manifest, the card and `inspect` show; `joined` puts several inversions behind one another.

Pure: no file is opened here, and nothing is known of tokenizers and graphs. The tokens get their ids from
`ClipTokenizer.with_tokens`, the vectors their rows from `Template.with_rows`, in the order of `TokenVectors.tokens`.
"""

from converter.blend.inversion.blend import BlendedInversion, InversionRecord, blend_inversion
from converter.blend.inversion.encoders import Encoder, TextEncoders
from converter.blend.inversion.layouts import InversionKind, Recognised, recognise
from converter.blend.inversion.tokens import TokenVectors, joined, token_vectors
from converter.blend.inversion.vectors import Inversion, read_inversion

__all__ = [
    "BlendedInversion",
    "Encoder",
    "Inversion",
    "InversionKind",
    "InversionRecord",
    "Recognised",
    "TextEncoders",
    "TokenVectors",
    "blend_inversion",
    "joined",
    "read_inversion",
    "recognise",
    "token_vectors",
]
