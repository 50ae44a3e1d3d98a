"""The exit code of a run, from what became of its entries."""

import pytest

from converter.errors import ExitCode
from converter.outcomes import Failed, Outcome, Released, exit_code_of


def _failed(code: ExitCode) -> Failed:
    return Failed("x", "x", code)


_RELEASED = Released("x", "x.v1", "c", already=False, size_bytes=1, seconds=1.0)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], ExitCode.DONE),
        ([_RELEASED], ExitCode.DONE),
        ([_RELEASED, _failed(ExitCode.FAILED)], ExitCode.FAILED),
        ([_failed(ExitCode.PERSON), _RELEASED], ExitCode.PERSON),
        ([_failed(ExitCode.UNREACHABLE)], ExitCode.UNREACHABLE),
        ([_failed(ExitCode.UNREACHABLE), _failed(ExitCode.PERSON)], ExitCode.PERSON),
        ([_failed(ExitCode.PERSON), _failed(ExitCode.FAILED), _failed(ExitCode.UNREACHABLE)], ExitCode.FAILED),
        ([_failed(ExitCode.USAGE), _failed(ExitCode.FAILED)], ExitCode.FAILED),
    ],
)
def test_the_exit_code_is_that_of_the_gravest_failure(outcomes: list[Outcome], code: ExitCode) -> None:
    assert exit_code_of(outcomes) == code
