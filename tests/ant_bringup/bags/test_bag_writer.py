"""A bag is readable however its recording ends."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import Reader

from ant_bringup.bags.mcap_file import Message, read_mcap
from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.writer import RESERVE, BagError, BagWriter


def read_whole(path: Path) -> tuple[list[Message], bool]:
    """All messages of a file, and whether it has an end."""
    found: list[Message] = []
    reading = read_mcap(path)
    while True:
        try:
            found.append(next(reading))
        except StopIteration as end:
            return found, end.value


def test_library_reads_all_messages_of_all_files(two_episodes, tmp_path: Path) -> None:
    folder = two_episodes.write(tmp_path / "first", file_size=20_000)
    names = sorted(path.name for path in folder.glob("*.mcap"))
    assert len(names) > 2
    assert {path.name for path in folder.iterdir()} == {*names, "metadata.yaml"}
    with AnyReader([folder]) as reader:
        found = [(connection.topic, logged_ns, bytes(data)) for connection, logged_ns, data in reader.messages()]
        assert {each.topic: each.msgtype for each in reader.connections} == {
            each.topic: each.kind for each in two_episodes.messages
        }
    assert sorted(found) == sorted((each.topic, each.logged_ns, each.data) for each in two_episodes.messages)


def test_metadata_says_what_is_in_which_file(two_episodes, tmp_path: Path) -> None:
    folder = two_episodes.write(tmp_path / "first", file_size=20_000)
    information = yaml.safe_load((folder / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    assert information["storage_identifier"] == "mcap"
    assert [file["path"] for file in information["files"]] == information["relative_file_paths"]
    for file in information["files"]:
        with Reader(folder / file["path"]) as reader:
            assert reader.message_count == file["message_count"]
            assert reader.start_time == file["starting_time"]["nanoseconds_since_epoch"]
    assert information["message_count"] == len(two_episodes.messages)
    stamps = [each.logged_ns for each in two_episodes.messages]
    assert information["starting_time"]["nanoseconds_since_epoch"] == min(stamps)
    assert information["duration"]["nanoseconds"] == max(stamps) - min(stamps)
    counts = {
        entry["topic_metadata"]["name"]: entry["message_count"] for entry in information["topics_with_message_count"]
    }
    assert counts == {topic: sum(m.topic == topic for m in two_episodes.messages) for topic in counts}


def test_publish_times_are_kept(bag_folder: Path, two_episodes) -> None:
    found = [(each.topic, each.logged_ns, each.published_ns) for each in read_mcap(bag_folder / "first_0.mcap")]
    assert found == [(each.topic, each.logged_ns, each.published_ns) for each in two_episodes.messages]


def test_folder_that_exists_is_refused_and_kept(bag_folder: Path) -> None:
    before = sorted(bag_folder.iterdir())
    with pytest.raises(BagError, match="exists already"):
        BagWriter(bag_folder)
    assert sorted(bag_folder.iterdir()) == before


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BagError, match="cannot be made"):
        BagWriter(tmp_path / "file" / "first")


def test_bag_without_messages_is_a_bag(tmp_path: Path) -> None:
    BagWriter(tmp_path / "first").finish()
    with Reader(tmp_path / "first") as reader:
        assert reader.message_count == 0


def test_bag_that_was_never_finished_is_read_as_far_as_it_was_flushed(two_episodes, tmp_path: Path) -> None:
    writer = BagWriter(tmp_path / "first", file_size=20_000)
    for each in two_episodes.messages[:100]:
        writer.append(each)
    writer.flush()
    for each in two_episodes.messages[100:110]:
        writer.append(each)
    shutil.copytree(tmp_path / "first", tmp_path / "killed")
    bag = read_bag(tmp_path / "killed")
    assert sum(bag.counts.values()) == 100
    assert len(bag.notes) == 1
    assert "has no end" in bag.notes[0]


def test_file_that_was_only_begun_has_no_messages(tmp_path: Path) -> None:
    path = tmp_path / "begun.mcap"
    path.write_bytes(b"")
    assert read_whole(path) == ([], False)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_file_that_breaks_off_anywhere_gives_the_messages_before(
    part: float, two_episodes, bag_folder: Path, tmp_path: Path
) -> None:
    writer = BagWriter(tmp_path / "many")
    for each in two_episodes.messages:
        writer.append(each)
        writer.flush()
    writer.finish()
    data = (tmp_path / "many" / "many_0.mcap").read_bytes()
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(data[: int(part * len(data) / 2)])
    messages, finished = read_whole(cut)
    found = [(each.topic, each.data) for each in messages]
    assert not finished
    assert 0 < len(found) < len(two_episodes.messages)
    assert found == [(each.topic, each.data) for each in two_episodes.messages[: len(found)]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for the reserve and 1 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    options = f"size={RESERVE + 1024 * 1024}"
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mount.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mount.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("file_size", [100 * 1024 * 1024, 400_000], ids=["one file", "several files"])
def test_full_disk_leaves_a_finished_bag_with_every_message(file_size: int, two_episodes, small_disk: Path) -> None:
    writer = BagWriter(small_disk / "first", file_size)

    def fill() -> None:
        for each in itertools.cycle(two_episodes.messages):
            writer.append(each)

    with pytest.raises(OSError, match="No space left"):
        fill()
    writer.finish()
    with Reader(small_disk / "first") as reader:
        assert reader.message_count == writer.messages == sum(1 for _ in reader.messages())
    assert writer.messages * 300 > 700_000, "the disk was not used"
    bag = read_bag(small_disk / "first")
    assert not bag.notes
    assert not list((small_disk / "first").glob(".*"))


def test_disk_that_is_full_already_is_refused(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(bytes(2 * 1024 * 1024))
    with pytest.raises(BagError, match="No space left"):
        BagWriter(small_disk / "first")
    assert not (small_disk / "first").exists()
