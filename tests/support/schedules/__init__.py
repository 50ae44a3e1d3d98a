"""Release runs in simulated time: real plan, matrix, publication and index, with runners and a hub that go wrong.

`simulate(seed)` is one schedule, and the same seed gives the same one. What is not real: the clock, the hub (in memory,
with commits, tags and a compare-and-swap as the real ones have), and the conversion (a folder of three small files).
"""

from tests.support.schedules.settings import Settings
from tests.support.schedules.verdict import Verdict
from tests.support.schedules.workflow_file import Concurrency, WorkflowFile, workflow_file
from tests.support.schedules.world import simulate

__all__ = ["Concurrency", "Settings", "Verdict", "WorkflowFile", "simulate", "workflow_file"]
