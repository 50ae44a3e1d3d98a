"""The recipe number: which generation of the converter's output this is."""

RECIPE = 1
"""Raised by one whenever the same entry would give other bytes than before; every release is then made again.

1: opset 18, fp32, the universal folder (Stable Diffusion 1.x).
"""
