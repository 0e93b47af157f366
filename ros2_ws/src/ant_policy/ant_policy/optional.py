"""Imports of optional libraries, and the message where one is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from ant_policy.errors import PolicyError

RUN = {"ant_sim", "gymnasium", "imageio", "mcap", "mujoco", "onnxruntime", "rich", "rosbags"}
CHECK = {"playwright"}


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
