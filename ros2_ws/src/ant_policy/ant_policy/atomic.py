"""Atomic replacement of files: a reader finds the old content or the new, also after a crash or on a full disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(*targets: Path) -> Iterator[list[Path]]:
    """Write files beside `targets`, at the yielded paths; once all are written, they replace the targets.

    Targets are in existing folders; they need not exist. Each path has its target's suffix.

    Raises:
        OSError: one cannot be written; the error names it, and all targets are unchanged.
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
        # The error of a write to a full disk names no file.
        names = ", ".join(str(target) for target in targets)
        raise OSError(error.errno, error.strerror or str(error), names) from error
    finally:
        for path in written:
            path.unlink(missing_ok=True)
