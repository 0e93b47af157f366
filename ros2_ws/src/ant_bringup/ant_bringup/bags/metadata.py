"""Content of a bag's `metadata.yaml`, rosbag2's format version 9."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FileInfo:
    """A file of the bag: its messages by topic, and the first and last time of receipt [ns]."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    begin_ns: int = 2**63 - 1
    end_ns: int = 0

    def add(self, topic: str, logged_ns: int) -> None:
        """Count a message."""
        self.counts[topic] += 1
        self.begin_ns = min(self.begin_ns, logged_ns)
        self.end_ns = max(self.end_ns, logged_ns)


def metadata(files: Sequence[FileInfo], topics: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Describe a bag of these files; `topics` are in rosbag2's words, those of `topic_metadata`."""
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


def _extent(files: Sequence[FileInfo]) -> dict[str, Any]:
    begin_ns = min(file.begin_ns for file in files)
    return {
        "starting_time": {"nanoseconds_since_epoch": begin_ns},
        "duration": {"nanoseconds": max(0, max(file.end_ns for file in files) - begin_ns)},
        "message_count": sum(file.counts.total() for file in files),
    }
