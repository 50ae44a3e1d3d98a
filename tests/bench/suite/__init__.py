"""All benchmarks one after the other: one table, one page, one plot, and the previous recorded run beside them.

`./scripts/bench`, or `python -m tests.bench.suite`. `benchmarks.py` lists what there is, with the disk and the time
that each takes; `options.py` is what can be asked, `space.py` looks whether there is room, `alone.py` that no
other run is there; `running.py` runs one benchmark, `measuring.py` all that were asked for, `progress.py` says how far
it is, and `results.py` keeps what each found in the work folder, so that an interrupted run goes on. `record.py` is a
run as it is committed, with its machine and disk (`disk.py`); `rows.py` compares it with the one before, in words of
`cells.py`. `page.py`, `plot.py` (of `groups.py`) and `readme_block.py` are how it reads, and `report.py` writes them.
A benchmark tells its figures by `tests/bench/figures.py`.
"""
