"""The recipe number: which generation of the converter's output this is."""

RECIPE = 2
"""Raised by one whenever the same entry would give other bytes than before; every release is then made again.

1: opset 18, fp32, the universal folder (Stable Diffusion 1.x).
2: text encoders pool at the end token, where they took the largest id, so that added tokens do not change it.
"""
