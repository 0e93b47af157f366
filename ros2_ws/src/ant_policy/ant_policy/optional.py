"""Commands, their output, and their imports of optional libraries."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

from ant_policy.errors import PolicyError

RUN = {"ant_sim", "gymnasium", "imageio", "mcap", "mujoco", "onnxruntime", "rich", "rosbags"}
CHECK = {"playwright"}

P = ParamSpec("P")


def command(main: Callable[P, int]) -> Callable[P, int]:
    """Let a command end with exit code 2 and a line on stderr for input, files or libraries that cannot be used.

    Its output has question marks where the terminal's encoding lacks a character.
    """

    @wraps(main)
    def run(*args: P.args, **kwargs: P.kwargs) -> int:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        try:
            with optional_libraries():
                return main(*args, **kwargs)
        except (PolicyError, OSError) as error:
            print("\n".join([f"error: {error}", *getattr(error, "lines", ())]), file=sys.stderr)
            return 2

    return run


@contextmanager
def optional_libraries() -> Iterator[None]:
    """Import libraries of other sets within the block.

    Raises:
        PolicyError: one of them is not installed; names its set and the command that installs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        name = "run" if library in RUN else "check" if library in CHECK else "train"
        raise PolicyError(
            f"this needs {library}, which is not installed here: `make setup SET={name}` in the workspace installs it; "
            f"without the workspace the package's extra '{'check' if name == 'check' else 'train'}' does"
        ) from error
