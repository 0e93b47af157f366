"""Messages of an MCAP file, finished or not."""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from mcap.exceptions import EndOfFile, McapError
from mcap.records import Channel, DataEnd, Message, Schema
from mcap.stream_reader import StreamReader
from mcap.writer import MCAP0_MAGIC


@dataclass(frozen=True)
class RawMessage:
    """A message as stored: absolute topic, type, times of receipt and of publication [ns], CDR bytes."""

    topic: str
    kind: str
    logged_ns: int
    published_ns: int
    data: bytes


class McapFile:
    """Messages of a file in the order in which they were written.

    Attributes:
        finished: whether the data section was closed; known after the messages have been read.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path
        self.finished = False

    def messages(self) -> Iterator[RawMessage]:
        """Read up to the end of the data, or to where the file breaks off.

        Raises:
            McapError: if it is damaged, or not an MCAP file.
            OSError: if it cannot be read.
        """
        with self._path.open("rb") as file:
            head = file.read(len(MCAP0_MAGIC))
            if not MCAP0_MAGIC.startswith(head):
                raise McapError(f"'{self._path}' is not an MCAP file")
            if head == MCAP0_MAGIC:
                yield from self._messages(file)

    def _messages(self, file: IO[bytes]) -> Iterator[RawMessage]:
        # Reading a memory map never allocates more than the file holds, whatever length a damaged record claims.
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            reader = StreamReader(cast(IO[bytes], data), validate_crcs=True, record_size_limit=len(data))
            try:
                yield from self._decode(reader)
            except (EndOfFile, struct.error):
                return
            except Exception as error:  # each compression has errors of its own
                raise McapError(f"'{self._path}' is damaged: {error}") from error

    def _decode(self, reader: StreamReader) -> Iterator[RawMessage]:
        types: dict[int, str] = {}
        channels: dict[int, tuple[str, str]] = {}
        for record in reader.records:
            match record:
                case Schema():
                    types[record.id] = record.name
                case Channel():
                    channels[record.id] = (record.topic, types.get(record.schema_id, ""))
                case Message():
                    topic, kind = channels[record.channel_id]
                    yield RawMessage(topic, kind, record.log_time, record.publish_time, record.data)
                case DataEnd():
                    # The index that follows is not needed; damage there costs nothing.
                    self.finished = True
                    return
