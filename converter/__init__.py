"""A model zoo that converts itself: registry entries in, verified ONNX releases out.

The way of the data is the order of the rooms: `registry` -> `plan` -> `sources` -> `weights` -> `models` ->
`graphs` -> `parity` -> `release` -> `hub`. `pipeline` is the conductor; only `cli` reads the environment.
"""
