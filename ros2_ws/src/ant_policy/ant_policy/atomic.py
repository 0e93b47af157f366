"""Replacing files whole: whoever reads them finds the old ones or the new ones, also after a crash or a full disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(*targets: Path) -> Iterator[list[Path]]:
    """Give paths beside `targets` to write to; when all are written, they take the targets' places.

    Args:
        targets: files in existing folders, there already or not.

    Yields:
        One path for each target, with its suffix.

    Raises:
        OSError: if one cannot be written, naming it; all targets are then as they were.
    """
    written = [target.with_name(f".new-{target.name}") for target in targets]
    try:
        yield written
        for path in written:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        for path, target in zip(written, targets, strict=True):
            path.replace(target)
    except OSError as error:
        if error.filename is not None:
            raise
        # A write to a full disk does not say to which file.
        names = ", ".join(str(target) for target in targets)
        raise OSError(error.errno, error.strerror or str(error), names) from error
    finally:
        for path in written:
            path.unlink(missing_ok=True)
