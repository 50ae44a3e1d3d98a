"""Every level of precision and optimisation beside optimum's export of the same weights: size, time, memory, error.

`python -m tests.bench.levels --work FOLDER --write docs/levels.md` measures and writes the page; what was measured is
kept in FOLDER/results, so that a run that was interrupted goes on.

`level.py` is what can be asked for, `subject.py` the model, `converting.py` and `optimum.py` make the graphs,
`measuring.py` times them in processes of their own (`player.py`, `worker.py`), `results.py` is what is kept,
`sizes.py` and `bounds.py` are what it is compared with, `page.py` is how it reads, and `as_figures.py`
what it says in the form of all benchmarks.
"""
