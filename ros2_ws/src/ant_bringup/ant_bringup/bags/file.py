"""An MCAP file that ends whole: what reaches the disk is always a row of complete chunks."""

import os
from pathlib import Path
from typing import Any, cast

from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.enums import CompressionMode
from rosbags.rosbag2.storage_mcap import McapWriter

PUBLISHED_AT = 9 + 2 + 4 + 8
"""Where a message record keeps its publish time: after its head, channel, sequence number and log time [bytes]."""


class CommittedFile:
    """A file that grows by commits: one that fails leaves the file as it was, and may be tried again."""

    def __init__(self, path: Path) -> None:
        """Append to an existing file."""
        self._file = path.open("ab", buffering=0)
        self._committed = self._file.tell()
        self._pending = bytearray()

    def write(self, data: bytes | memoryview) -> int:
        """Take data in, in memory."""
        self._pending += data
        return len(data)

    def tell(self) -> int:
        """Size [bytes] with what is pending."""
        return self._committed + len(self._pending)

    def commit(self) -> None:
        """Write what is pending.

        Raises:
            OSError: if it cannot be written whole; then none of it is in the file and all of it is still pending.
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
        """Commit and close; on an error the file is closed all the same.

        Raises:
            OSError: as `commit`.
        """
        try:
            self.commit()
        finally:
            self._file.close()


class CommittedMcap(McapWriter):
    """The library's MCAP storage on a `CommittedFile`, with the messages' publish times, which the library lacks."""

    def __init__(self, path: Path, compression: CompressionMode) -> None:
        """Create the file in a folder."""
        super().__init__(path, compression)
        self.bio.close()
        self.bio: Any = CommittedFile(self.path)
        self.published_ns = 0

    def write(self, connection: Connection, timestamp: int, data: bytes | memoryview) -> None:
        """Write a message that was published at `published_ns` into the chunk in memory."""
        chunk = self.chunk.bio
        begin = chunk.tell()
        super().write(connection, timestamp, data)
        if chunk is self.chunk.bio:
            chunk.seek(begin + PUBLISHED_AT)
            chunk.write(self.published_ns.to_bytes(8, "little"))
            chunk.seek(0, os.SEEK_END)

    def commit(self) -> None:
        """Write the chunk to disk.

        Raises:
            OSError: if it cannot be written; it stays in memory, and the file is as it was.
        """
        if self.chunk.msgs:
            self.close_chunk()
        self.bio.commit()


class BagFile(Writer):
    """A bag of one MCAP file, as the library writes it."""

    STORAGE_PLUGINS = {StoragePlugin.MCAP: CommittedMcap}  # noqa: RUF012 (as the library declares it)

    def __init__(self, folder: Path) -> None:
        """Create the folder and its file `<folder>/<name of the folder>.mcap`.

        Raises:
            OSError: if they cannot be made.
        """
        super().__init__(folder, version=Writer.VERSION_LATEST, storage_plugin=StoragePlugin.MCAP)
        self.open()

    @property
    def _mcap(self) -> CommittedMcap:
        return cast(CommittedMcap, self.storage)

    @property
    def size(self) -> int:
        """Size [bytes] that the messages have taken so far."""
        return int(self._mcap.bio.tell()) + self.uncommitted

    @property
    def uncommitted(self) -> int:
        """Size [bytes] of the messages that a crash would lose."""
        return self._mcap.chunk.bio.tell()

    def append(self, connection: Connection, logged_ns: int, published_ns: int, data: bytes) -> None:
        """Add a message, in memory, with the times of its receipt and of its publication [ns]."""
        self._mcap.published_ns = published_ns
        self.write(connection, logged_ns, data)

    def commit(self) -> None:
        """Write to disk what has been added.

        Raises:
            OSError: if it cannot be written; it stays in memory, and the file is as it was.
        """
        self._mcap.commit()
