"""Which client loads our releases, unchanged, and makes the image that PyTorch makes: a table of actual runs.

`clients.py` has the clients, their pins and the cells as data; `releases.py` makes what they load, `running.py` runs
them, `judging.py` says what a cell is worth, and `table.py` prints the table. `tests.bench.clients` is the command.
"""
