"""Each case's file for Stable Diffusion 1.x, made once: the tests of refusals change copies of it."""

from functools import cache

from tests.support.lora_files.made import Case, Made
from tests.support.lora_files.tiny_models import shared_model


@cache
def made_once(case: Case) -> Made:
    """Read only."""
    return case.make(shared_model("sd1"))
