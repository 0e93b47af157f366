"""Writing a rosbag2 bag that stays readable however its recording ends: SIGINT, a full disk, a crash."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import yaml
from mcap.writer import CompressionType, Writer
from rosbags.typesys import Stores, get_typestore

from ant_bringup.bags.file import CommittedFile
from ant_bringup.bags.metadata import FileInfo, QosFields, Topic, metadata
from ant_policy.atomic import replacing

CHUNK_SIZE = 512 * 1024
"""Size [bytes] of the messages that are written to disk together, unless `flush` asks for it sooner."""
RESERVE = 8 * 1024 * 1024
"""Space [bytes] kept free for finishing the bag on a full disk: one chunk and the file's index."""
DEFAULT_FILE_SIZE = 512 * 1024 * 1024


class BagError(RuntimeError):
    """A bag cannot be begun; the message says why and what to do."""


@dataclass(frozen=True)
class Message:
    """One serialised message.

    Attributes:
        topic: absolute name.
        kind: type, such as `sensor_msgs/msg/JointState`.
        logged_ns: time of receipt, by the bag's clock [ns].
        published_ns: time of publication, by the publisher's wall clock [ns].
        data: its CDR bytes.
        qos: qualities of service that its publishers offer.
    """

    topic: str
    kind: str
    logged_ns: int
    published_ns: int
    data: bytes
    qos: tuple[QosFields, ...] = ()


class BagWriter:
    """Folder `first` with `first_0.mcap`, `first_1.mcap`, ... and `metadata.yaml`, as `ros2 bag record` writes it.

    metadata.yaml names the finished files at any time. Not thread-safe.

    Attributes:
        messages: number of messages added.
    """

    def __init__(self, folder: Path, file_size: int = DEFAULT_FILE_SIZE) -> None:
        """Begin a bag.

        Args:
            folder: of the bag; it must not exist.
            file_size: size [bytes] from which on a file is followed by the next.

        Raises:
            BagError: if it cannot be begun.
        """
        self.folder = folder
        self.messages = 0
        self._file_size = file_size
        self._typestore = get_typestore(Stores.ROS2_JAZZY)
        self._finished: list[FileInfo] = []
        self._topics: dict[str, Topic] = {}
        self._reserve = folder / ".reserve"
        self._file: _File | None = None
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise BagError(f"'{folder}' exists already; name a new folder, or remove it") from None
        except OSError as error:
            raise BagError(f"'{folder}' cannot be made: {error.strerror}") from error
        try:
            self._begin_file()
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise BagError(f"'{folder}' cannot be written: {error.strerror}") from error

    def append(self, message: Message) -> None:
        """Add a message.

        Raises:
            OSError: if the disk is full or broken; call `finish` then, which writes this message too.
        """
        assert self._file is not None, "the bag is finished"
        topic = self._topics.get(message.topic)
        if topic is None:
            type_hash = self._typestore.hash_rihs01(message.kind)
            # The same in all files: readers match the topics of metadata.yaml with those of the files by it.
            topic = self._topics[message.topic] = Topic(message.topic, message.kind, type_hash, message.qos)
        self._file.append(topic, message, self._typestore)
        self.messages += 1
        if self._file.uncommitted >= CHUNK_SIZE:
            self._file.flush()
        if self._file.size >= self._file_size:
            self._finish_file()
            self._begin_file()

    def flush(self) -> None:
        """Write to disk what has been added, so that a crash does not lose it.

        Raises:
            OSError: as `append`.
        """
        if self._file is not None:
            self._file.flush()

    def finish(self) -> None:
        """Complete the bag, in the reserved space if there is no other.

        Raises:
            OSError: if even that fails; `bag_report` reads what was written until then.
        """
        if self._file is not None:
            self._finish_file()
        self._reserve.unlink(missing_ok=True)

    def _begin_file(self) -> None:
        descriptor = os.open(self._reserve, os.O_CREAT | os.O_WRONLY)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE)
        finally:
            os.close(descriptor)
        self._file = _File(self.folder / f"{self.folder.name}_{len(self._finished)}.mcap")

    def _finish_file(self) -> None:
        assert self._file is not None
        file, self._file = self._file, None
        self._reserve.unlink(missing_ok=True)
        file.finish()
        if self._finished and not file.info.counts:
            file.path.unlink()
            return
        self._finished.append(file.info)
        with replacing(self.folder / "metadata.yaml") as (new,):
            new.write_text(yaml.safe_dump(metadata(self._finished, self._topics.values()), sort_keys=False))


class _File:
    """One MCAP file of a bag."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.info = FileInfo(path.name)
        self.uncommitted = 0
        self._stream = CommittedFile(path)
        # Chunks end where this class flushes them.
        self._writer = Writer(cast(IO[Any], self._stream), 2 * CHUNK_SIZE, CompressionType.NONE)
        self._writer.start(profile="ros2")
        self._channels: dict[str, int] = {}

    @property
    def size(self) -> int:
        return self._stream.tell() + self.uncommitted

    def append(self, topic: Topic, message: Message, typestore: Any) -> None:
        if topic.name not in self._channels:
            definition, _ = typestore.generate_msgdef(topic.kind, ros_version=2)
            schema = self._writer.register_schema(topic.kind, "ros2msg", definition.encode())
            fields = {
                "offered_qos_profiles": yaml.safe_dump(list(topic.qos), sort_keys=False),
                "topic_type_hash": topic.type_hash,
            }
            self._channels[topic.name] = self._writer.register_channel(topic.name, "cdr", schema, fields)
        channel = self._channels[topic.name]
        self._writer.add_message(channel, message.logged_ns, message.data, message.published_ns)
        self.info.add(topic.name, message.logged_ns)
        self.uncommitted += len(message.data)

    def flush(self) -> None:
        self._writer.flush()
        self.uncommitted = 0

    def finish(self) -> None:
        self._writer.finish()
        self._stream.close()
