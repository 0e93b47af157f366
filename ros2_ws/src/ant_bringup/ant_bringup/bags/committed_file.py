"""File whose content on disk is always a row of complete MCAP chunks."""

import os
from pathlib import Path


class CommittedFile:
    """Output stream in memory that reaches the disk with `flush`; one that fails leaves the file as it was."""

    def __init__(self, path: Path) -> None:
        """Create the file."""
        self._file = path.open("ab", buffering=0)
        self._committed = 0
        self._pending = bytearray()

    def write(self, data: bytes | memoryview) -> int:
        """Append to memory."""
        self._pending += data
        return len(data)

    def tell(self) -> int:
        """Size including pending data [bytes]."""
        return self._committed + len(self._pending)

    def flush(self) -> None:
        """Write pending data.

        Raises:
            OSError: if it cannot be written whole; none of it is in the file then, and all of it is still pending.
        """
        written = 0
        try:
            while written < len(self._pending):
                written += self._file.write(memoryview(self._pending)[written:])
        except OSError:
            os.ftruncate(self._file.fileno(), self._committed)
            raise
        self._committed += written
        self._pending = bytearray()

    def close(self) -> None:
        """Flush and close; on an error of `flush` the file is closed too."""
        with self._file:
            self.flush()
