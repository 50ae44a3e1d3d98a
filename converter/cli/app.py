"""The command line: `onnx-registry`, or `./scripts/registry` in a clone."""

import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer._click.exceptions import ClickException  # typer carries its own click and exports no public base

from converter.cli.commands import Program
from converter.cli.output import note
from converter.errors import ConverterError, ExitCode

INTERRUPTED = 130
"""What shells report for a process that SIGINT ended."""

app = typer.Typer(
    cls=Program,
    help="A model zoo that converts itself: registry entries in, verified ONNX releases out.\n\n"
    "The usual way is `validate`, `plan`, `release`; a consumer needs `list` and `download`.\n\n"
    "Exit codes: 0 done; 1 an entry or the registry failed; 2 usage; 3 a person must decide; "
    "4 the remote is not reachable, try again.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("onnx-registry"))  # noqa: T201
        raise typer.Exit


@app.callback()
def common(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is decided, and why.")] = False,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Set up what every command shares."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    if verbose:
        logging.getLogger("converter").setLevel(logging.DEBUG)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with one of `ExitCode`."""
    # Progress is ours; the client's own bars would draw over it.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = app(list(arguments) if arguments is not None else None, standalone_mode=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt  # which typer has turned into its exit code
    except ClickException as error:
        error.show()
        return ExitCode.USAGE
    except ConverterError as error:
        note(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        note("interrupted: nothing half-made was left behind, the same command goes on from here")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be written, not even by the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    return int(code or 0)
