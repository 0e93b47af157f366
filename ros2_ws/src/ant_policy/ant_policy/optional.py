"""Libraries that are not in the run set: what to say where one is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from ant_policy.errors import PolicyError

RUN = {"ant_sim", "gymnasium", "imageio", "mcap", "mujoco", "onnxruntime", "rich", "rosbags"}
CHECK = {"playwright"}


class MissingLibraryError(PolicyError):
    """A library that is not installed here."""


def missing_set(error: ModuleNotFoundError) -> str:
    """One line that names the library that is missing, its set, and the command that installs it."""
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
