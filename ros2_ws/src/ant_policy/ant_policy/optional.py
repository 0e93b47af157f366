"""Imports of optional libraries, and the message where one is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from ant_policy.errors import PolicyError

RUN = {"ant_sim", "gymnasium", "imageio", "mcap", "mujoco", "onnxruntime", "rich", "rosbags"}
CHECK = {"playwright"}


class MissingLibraryError(PolicyError):
    """Library that is not installed here."""


def missing_set(error: ModuleNotFoundError) -> str:
    """Message that names the missing library, its set and the command that installs it."""
    library = (error.name or "").partition(".")[0]
    name = "run" if library in RUN else "check" if library in CHECK else "train"
    return (
        f"this needs {library}, which is not installed here: `make setup SET={name}` in the workspace installs it; "
        f"without the workspace the package's extra '{'check' if name == 'check' else 'train'}' does"
    )


@contextmanager
def optional_libraries() -> Iterator[None]:
    """Import libraries of other sets within the block.

    Raises:
        MissingLibraryError: one of them is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingLibraryError(missing_set(error)) from error
