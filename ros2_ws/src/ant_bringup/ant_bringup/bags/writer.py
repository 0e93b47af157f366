"""Writes a rosbag2 bag that is readable however the recording ends: SIGINT, a full disk, a crash."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rosbags.interfaces import Connection, Qos
from rosbags.typesys import Stores, get_typestore

from ant_bringup.bags.file import BagFile
from ant_policy.atomic import replacing

CHUNK_SIZE = 512 * 1024
"""Messages go to disk when they are so large together [bytes], or sooner when somebody asks for it."""
RESERVE = 8 * 1024 * 1024
"""Space [bytes] that is kept free to finish the bag on a full disk: one chunk and the file's index fit in."""
DEFAULT_FILE_SIZE = 512 * 1024 * 1024
INFORMATION = "rosbag2_bagfile_information"


class BagError(RuntimeError):
    """A bag cannot be begun; the message says why and what to do."""


@dataclass(frozen=True)
class Message:
    """One serialised message.

    Attributes:
        topic: absolute name.
        kind: type, such as `sensor_msgs/msg/JointState`.
        logged_ns: when it was received, by the bag's clock [ns].
        published_ns: when it was published, by the publisher's wall clock [ns].
        data: its CDR bytes.
        qos: qualities of service that its publishers offer.
    """

    topic: str
    kind: str
    logged_ns: int
    published_ns: int
    data: bytes
    qos: tuple[Qos, ...] = ()


class BagWriter:
    """A folder `first` with files `first_0.mcap`, `first_1.mcap`, ... and `metadata.yaml`, as `ros2 bag record` has it.

    Each file is written in a folder of its own and moved up when it is complete; metadata.yaml names the complete
    ones at any time. Not thread-safe.

    Attributes:
        messages: how many have been added.
    """

    def __init__(self, folder: Path, file_size: int = DEFAULT_FILE_SIZE) -> None:
        """Begin a bag.

        Args:
            folder: of the bag; it must not exist.
            file_size: from which size [bytes] on a file is followed by the next.

        Raises:
            BagError: if it cannot be begun.
        """
        self.folder = folder
        self.messages = 0
        self._file_size = file_size
        self._typestore = get_typestore(Stores.ROS2_JAZZY)
        self._information: dict[str, Any] = {}
        self._connections: dict[str, Connection] = {}
        self._offered: dict[str, tuple[Qos, ...]] = {}
        self._reserve = folder / ".reserve"
        self._file: BagFile | None = None
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
        if message.topic not in self._connections:
            self._connections[message.topic] = self._file.add_connection(
                message.topic,
                message.kind,
                typestore=self._typestore,
                # The same in all files: readers match the topics of metadata.yaml and of the files by it.
                offered_qos_profiles=self._offered.setdefault(message.topic, message.qos),
            )
        connection = self._connections[message.topic]
        self._file.append(connection, message.logged_ns, message.published_ns, message.data)
        self.messages += 1
        if self._file.uncommitted >= CHUNK_SIZE:
            self._file.commit()
        if self._file.size >= self._file_size:
            self._finish_file()
            self._begin_file()

    def flush(self) -> None:
        """Write to disk what has been added, so that a crash does not lose it.

        Raises:
            OSError: as `append`.
        """
        if self._file is not None:
            self._file.commit()

    def finish(self) -> None:
        """Complete the bag, in the reserved space if there is no other.

        Raises:
            OSError: if even that fails; `bag_report` reads what was written until then.
        """
        if self._file is not None:
            self._finish_file()
        self._reserve.unlink(missing_ok=True)

    def _begin_file(self) -> None:
        part = self.folder / f"{self.folder.name}_{len(self._information.get('files', ()))}"
        descriptor = os.open(self._reserve, os.O_CREAT | os.O_WRONLY)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE)
        finally:
            os.close(descriptor)
        self._connections = {}
        try:
            self._file = BagFile(part)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise

    def _finish_file(self) -> None:
        assert self._file is not None
        file, self._file = self._file, None
        part, name = file.path, f"{file.path.name}.mcap"
        self._reserve.unlink(missing_ok=True)
        file.close()
        information = yaml.safe_load((part / "metadata.yaml").read_text())[INFORMATION]
        if information["message_count"] or not self._information:
            self._information = merge(self._information, information) if self._information else information
            (part / name).replace(self.folder / name)
            with replacing(self.folder / "metadata.yaml") as (new,):
                new.write_text(yaml.safe_dump({INFORMATION: self._information}, sort_keys=False))
        shutil.rmtree(part)


def merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a bag that has the files of both, in rosbag2's format."""
    counts = {entry["topic_metadata"]["name"]: entry for entry in first["topics_with_message_count"]}
    for entry in second["topics_with_message_count"]:
        name = entry["topic_metadata"]["name"]
        before = counts.get(name, {"message_count": 0})
        counts[name] = entry | {"message_count": before["message_count"] + entry["message_count"]}
    begins, ends = zip(*(_span(information) for information in (first, second)), strict=True)
    return second | {
        "relative_file_paths": first["relative_file_paths"] + second["relative_file_paths"],
        "files": first["files"] + second["files"],
        "message_count": first["message_count"] + second["message_count"],
        "starting_time": {"nanoseconds_since_epoch": min(begins)},
        "duration": {"nanoseconds": max(ends) - min(begins)},
        "topics_with_message_count": list(counts.values()),
    }


def _span(information: dict[str, Any]) -> Sequence[int]:
    begin = information["starting_time"]["nanoseconds_since_epoch"]
    return begin, begin + information["duration"]["nanoseconds"]
