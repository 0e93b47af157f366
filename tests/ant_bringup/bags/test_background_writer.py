"""Whoever hands messages over never waits for the disk."""

import errno
import threading
from pathlib import Path

from ant_bringup.bags.background_writer import BackgroundWriter
from ant_bringup.bags.mcap_file import Message, read_mcap
from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.writer import BagWriter


class StuckDisk(BagWriter):
    """Writes nothing until it is let go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.stuck, self.go = threading.Event(), threading.Event()

    def append(self, message: Message) -> None:
        self.stuck.set()
        assert self.go.wait(30)
        super().append(message)


class BrokenDisk(BagWriter):
    """Fails at its third message."""

    def append(self, message: Message) -> None:
        if self.messages == 2:
            raise OSError(errno.EIO, "Input/output error")
        super().append(message)


def test_messages_arrive_in_order(two_episodes, bag_folder: Path, tmp_path: Path) -> None:
    writer = BackgroundWriter(BagWriter(tmp_path / "queued"), lambda: None)
    assert all(writer.put(each) for each in two_episodes.messages)
    writer.finish()
    assert writer.error is None
    assert list(read_mcap(tmp_path / "queued" / "queued_0.mcap")) == list(read_mcap(bag_folder / "first_0.mcap"))


def test_full_queue_drops_and_counts_instead_of_waiting(two_episodes, tmp_path: Path) -> None:
    disk = StuckDisk(tmp_path / "first")
    writer = BackgroundWriter(disk, lambda: None, capacity=10)
    taken = [writer.put(two_episodes.messages[0])]
    assert disk.stuck.wait(30)
    taken += [writer.put(each) for each in two_episodes.messages[1:]]
    assert 1 < sum(taken) < len(taken)
    assert writer.dropped == len(taken) - sum(taken)
    disk.go.set()
    writer.finish()
    assert sum(read_bag(tmp_path / "first").counts.values()) == sum(taken)


def test_broken_disk_finishes_the_bag_and_tells_once(two_episodes, tmp_path: Path) -> None:
    told: list[threading.Thread] = []
    over = threading.Event()

    def on_error() -> None:
        told.append(threading.current_thread())
        over.set()

    writer = BackgroundWriter(BrokenDisk(tmp_path / "first"), on_error)
    for each in two_episodes.messages[:4]:
        writer.put(each)
    assert over.wait(30)
    assert not writer.put(two_episodes.messages[4])
    writer.finish()
    assert len(told) == 1
    assert writer.error is not None
    assert writer.error.errno == errno.EIO
    assert sum(read_bag(tmp_path / "first").counts.values()) == 2
