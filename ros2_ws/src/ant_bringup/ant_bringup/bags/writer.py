"""Writing a rosbag2 bag that stays readable however its recording ends: SIGINT, a full disk, a crash."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, cast

import yaml
from mcap.writer import CompressionType, Writer
from rosbags.typesys import Stores, get_typestore

from ant_bringup.bags.committed_file import CommittedFile
from ant_bringup.bags.mcap_file import Message
from ant_policy.atomic import replacing

CHUNK_SIZE = 768 * 1024
"""Size [bytes] from which on messages go to disk together, unless `flush` asks for it sooner."""
RESERVE = 8 * 1024 * 1024
"""Space [bytes] kept free for finishing the bag on a full disk: one chunk and the file's index."""
DEFAULT_FILE_SIZE = 512 * 1024 * 1024

TYPESTORE = get_typestore(Stores.ROS2_JAZZY)


class BagError(RuntimeError):
    """A bag cannot be begun; the message says why and what to do."""


class BagWriter:
    """Folder `first` with `first_0.mcap`, `first_1.mcap`, ... and `metadata.yaml`, as `ros2 bag record` writes it.

    metadata.yaml names the finished files at any time. Not thread-safe.

    Attributes:
        folder: of the bag.
        messages: number of messages added.
    """

    def __init__(self, folder: Path, file_size: int = DEFAULT_FILE_SIZE) -> None:
        """Begin a bag in a new folder, with files of about `file_size` [bytes].

        Raises:
            BagError: if it cannot be begun.
        """
        self.folder = folder
        self.messages = 0
        self._file_size = file_size
        self._finished: list[_File] = []
        self._topics: dict[str, dict[str, Any]] = {}
        self._reserve = folder / ".reserve"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise BagError(f"'{folder}' exists already; name a new folder, or remove it") from None
        except OSError as error:
            raise BagError(f"'{folder}' cannot be made: {error.strerror}") from error
        try:
            self._file: _File | None = self._begin_file()
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise BagError(f"'{folder}' cannot be written: {error.strerror}") from error

    def append(self, message: Message) -> None:
        """Add a message.

        Raises:
            OSError: if the disk is full or broken; call `finish` then.
        """
        assert self._file is not None, "the bag is finished"
        if self._file.stream.tell() >= self._file_size:
            self._finish_file()
            self._file = self._begin_file()
        if message.topic not in self._topics:
            # The same in all files: readers match the topics of metadata.yaml with those of the files by it.
            self._topics[message.topic] = {
                "name": message.topic,
                "type": message.kind,
                "serialization_format": "cdr",
                "offered_qos_profiles": list(message.qos),
                "type_description_hash": TYPESTORE.hash_rihs01(message.kind),
            }
        self.messages += 1
        self._file.append(message, self._topics[message.topic])

    def flush(self) -> None:
        """Write to disk what has been added, so that a crash does not lose it; raises OSError like `append`."""
        if self._file is not None:
            self._file.writer.flush()

    def finish(self) -> None:
        """Complete the bag, in the reserved space if there is no other.

        Raises:
            OSError: if even that fails; `bag_report` reads what was written until then.
        """
        if self._file is not None:
            self._finish_file()
        self._reserve.unlink(missing_ok=True)

    def _begin_file(self) -> "_File":
        with self._reserve.open("wb") as reserve:
            os.posix_fallocate(reserve.fileno(), 0, RESERVE)
        path = self.folder / f"{self.folder.name}_{len(self._finished)}.mcap"
        return _File(path, min(CHUNK_SIZE, self._file_size))

    def _finish_file(self) -> None:
        assert self._file is not None
        file, self._file = self._file, None
        self._reserve.unlink(missing_ok=True)
        file.writer.finish()
        file.stream.close()
        self._finished.append(file)
        with replacing(self.folder / "metadata.yaml") as (new,):
            new.write_text(yaml.safe_dump(_metadata(self._finished, self._topics.values()), sort_keys=False))


class _File:
    """One MCAP file of a bag: its messages by topic, and the first and last time of receipt [ns]."""

    def __init__(self, path: Path, chunk_size: int) -> None:
        self.name = path.name
        self.counts: Counter[str] = Counter()
        self.begin_ns, self.end_ns = 2**63 - 1, 0
        self.stream = CommittedFile(path)
        self.writer = Writer(cast(IO[Any], self.stream), chunk_size, CompressionType.NONE)
        self.writer.start(profile="ros2")
        self._channels: dict[str, int] = {}

    def append(self, message: Message, topic: dict[str, Any]) -> None:
        if message.topic not in self._channels:
            definition, _ = TYPESTORE.generate_msgdef(message.kind, ros_version=2)
            schema = self.writer.register_schema(message.kind, "ros2msg", definition.encode())
            qos = yaml.safe_dump(topic["offered_qos_profiles"], sort_keys=False)
            fields = {"offered_qos_profiles": qos, "topic_type_hash": topic["type_description_hash"]}
            self._channels[message.topic] = self.writer.register_channel(message.topic, "cdr", schema, fields)
        channel = self._channels[message.topic]
        self.writer.add_message(channel, message.logged_ns, message.data, message.published_ns)
        self.counts[message.topic] += 1
        self.begin_ns, self.end_ns = min(self.begin_ns, message.logged_ns), max(self.end_ns, message.logged_ns)
        # Commits the chunk that this message has completed, if any.
        self.stream.flush()


def _metadata(files: Sequence[_File], topics: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Content of metadata.yaml, rosbag2's format version 9; each topic is its `topic_metadata`."""
    counts = sum((file.counts for file in files), Counter[str]())
    return {
        "rosbag2_bagfile_information": {
            "version": 9,
            "storage_identifier": "mcap",
            "compression_format": "",
            "compression_mode": "",
            "relative_file_paths": [file.name for file in files],
            "files": [{"path": file.name, **_extent([file])} for file in files],
            **_extent(files),
            "topics_with_message_count": [
                {"topic_metadata": topic, "message_count": counts[topic["name"]]} for topic in topics
            ],
            "custom_data": None,
            "ros_distro": "jazzy",
        }
    }


def _extent(files: Sequence[_File]) -> dict[str, Any]:
    begin_ns = min(file.begin_ns for file in files)
    return {
        "starting_time": {"nanoseconds_since_epoch": begin_ns},
        "duration": {"nanoseconds": max(0, max(file.end_ns for file in files) - begin_ns)},
        "message_count": sum(file.counts.total() for file in files),
    }
