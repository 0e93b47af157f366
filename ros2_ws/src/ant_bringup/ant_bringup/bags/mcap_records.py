"""Messages of an MCAP file, also of one whose writer was killed.

The library `rosbags` reads finished files only, and leaves out when a message was published. The library `mcap` reads
both, but also the index, where damage costs all messages, and allocates whatever length a damaged file names. Format:
https://mcap.dev/spec
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rosbags.rosbag2 import ReaderError
from rosbags.rosbag2.storage_mcap import decompress

MAGIC = b"\x89MCAP0\r\n"
SCHEMA, CHANNEL, MESSAGE, CHUNK, FOOTER = 0x03, 0x04, 0x05, 0x06, 0x02

_HEAD = struct.Struct("<BQ")
_MESSAGE = struct.Struct("<HIQQ")
_CHUNK = struct.Struct("<QQQI")


@dataclass(frozen=True)
class RawMessage:
    """A message as it is in a bag: absolute topic, type, times of receipt and of publication [ns], CDR bytes."""

    topic: str
    kind: str
    logged_ns: int
    published_ns: int
    data: bytes


class McapFile:
    """Messages of a file in the order in which they were written.

    Attributes:
        finished: whether the file had an end; known after the messages have been read.
    """

    def __init__(self, path: Path) -> None:
        """Read a file later."""
        self._path = path
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, tuple[str, str]] = {}
        self.finished = False

    def messages(self) -> Iterator[RawMessage]:
        """Read up to the file's end, or to where it breaks off.

        Raises:
            ReaderError: if it is no MCAP file.
            OSError: if it cannot be read.
        """
        with self._path.open("rb") as file:
            begin = file.read(len(MAGIC))
            if not MAGIC.startswith(begin):
                raise ReaderError(f"'{self._path}' is no MCAP file")
            for kind, content in _records(file):
                if kind == FOOTER:
                    self.finished = True
                elif kind == CHUNK:
                    yield from self._chunk(content)
                else:
                    yield from self._record(kind, content)

    def _chunk(self, content: bytes) -> Iterator[RawMessage]:
        _, _, size, checksum = _CHUNK.unpack_from(content)
        compression, at = _text(content, _CHUNK.size)
        try:
            view = memoryview(decompress(content[at + 8 :], compression, size, checksum))
        except Exception as error:  # each compression has errors of its own
            raise ReaderError(f"a chunk of '{self._path}' is broken: {error}") from error
        at = 0
        while at < len(view):
            kind, length = _HEAD.unpack_from(view, at)
            at += _HEAD.size
            yield from self._record(kind, bytes(view[at : at + length]))
            at += length

    def _record(self, kind: int, content: bytes) -> Iterator[RawMessage]:
        if kind == SCHEMA:
            (number,) = struct.unpack_from("<H", content)
            self._schemas[number], _ = _text(content, 2)
        elif kind == CHANNEL:
            number, schema = struct.unpack_from("<HH", content)
            self._channels[number] = (_text(content, 4)[0], self._schemas.get(schema, ""))
        elif kind == MESSAGE:
            number, _, logged_ns, published_ns = _MESSAGE.unpack_from(content)
            topic, name = self._channels[number]
            yield RawMessage(topic, name, logged_ns, published_ns, content[_MESSAGE.size :])


def _records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The whole records of a file: kind and content."""
    size = os.fstat(file.fileno()).st_size
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        kind, length = _HEAD.unpack(head)
        if length > size - file.tell():
            return
        yield kind, file.read(length)


def _text(content: bytes, at: int) -> tuple[str, int]:
    """A string, and where it ends."""
    (length,) = struct.unpack_from("<I", content, at)
    return content[at + 4 : at + 4 + length].decode(), at + 4 + length
