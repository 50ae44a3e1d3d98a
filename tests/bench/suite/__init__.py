"""All benchmarks one after the other: one table, one page, one plot, and the previous recorded run beside them.

`./scripts/bench`, or `python -m tests.bench.suite`. `benchmarks.py` lists what there is, with the disk and the time
that each takes; `space.py` looks whether there is so much; `running.py` runs one, `measuring.py` all that were asked
for, and `results.py` keeps what each found in the work folder, so that an interrupted run goes on. `record.py` is a run
as it is committed, `rows.py` compares it with the one before, and `page.py`, `plot.py` and `summary.py` are how it
reads. A benchmark tells its figures by `tests/bench/figures.py`.
"""
