"""Messages of an MCAP file, finished or not."""

import mmap
import struct
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from mcap import records
from mcap.exceptions import EndOfFile, McapError, RecordLengthLimitExceeded
from mcap.stream_reader import StreamReader
from mcap.writer import MCAP0_MAGIC


@dataclass(frozen=True)
class Message:
    """One serialised message.

    Attributes:
        topic: absolute name.
        kind: type, such as `sensor_msgs/msg/JointState`.
        logged_ns: time of receipt, by the bag's clock [ns].
        published_ns: time of publication, by the publisher's wall clock [ns].
        data: its CDR bytes.
        qos: qualities of service that its publishers offer, as rosbag2 spells them; not read from files.
    """

    topic: str
    kind: str
    logged_ns: int
    published_ns: int
    data: bytes
    qos: tuple[dict[str, Any], ...] = ()


def read_mcap(path: Path) -> Generator[Message, None, bool]:
    """Read a file up to the end of the data, or to where it breaks off.

    Yields:
        Messages in the order in which they were written.

    Returns:
        Whether the data section was closed.

    Raises:
        McapError: if it is damaged, or not an MCAP file.
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(len(MCAP0_MAGIC))
        if not MCAP0_MAGIC.startswith(head):
            raise McapError(f"'{path}' is not an MCAP file")
        if head != MCAP0_MAGIC:
            return False
        # Reading a memory map never allocates more than the file holds, whatever length a damaged record claims.
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            reader = StreamReader(cast(IO[bytes], data), validate_crcs=True, record_size_limit=len(data))
            try:
                return (yield from _decode(reader))
            except (EndOfFile, RecordLengthLimitExceeded, struct.error):
                return False
            except Exception as error:  # each compression has errors of its own
                raise McapError(f"'{path}' is damaged: {error}") from error


def _decode(reader: StreamReader) -> Generator[Message, None, bool]:
    types: dict[int, str] = {}
    channels: dict[int, tuple[str, str]] = {}
    for record in reader.records:
        match record:
            case records.Schema():
                types[record.id] = record.name
            case records.Channel():
                channels[record.id] = (record.topic, types.get(record.schema_id, ""))
            case records.Message():
                yield Message(*channels[record.channel_id], record.log_time, record.publish_time, record.data)
            case records.DataEnd():
                # The index that follows is not needed; damage there costs nothing.
                return True
    return False
