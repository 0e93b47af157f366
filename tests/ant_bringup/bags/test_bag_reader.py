"""Bags of any kind give the same numbers; what is no bag is said in one line."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.enums import CompressionFormat, CompressionMode
from rosbags.typesys import Stores, get_typestore

from ant_bringup.bags.reader import BagReadError, read_bag


def write_by_the_library(messages, folder: Path, plugin: StoragePlugin, mode: CompressionMode, version=9) -> Path:
    store = get_typestore(Stores.ROS2_JAZZY)
    writer = Writer(folder, version=version, storage_plugin=plugin)
    writer.set_compression(mode, CompressionFormat.ZSTD)
    with writer:
        connections = {}
        for each in messages:
            if each.topic not in connections:
                connections[each.topic] = writer.add_connection(each.topic, each.kind, typestore=store)
            writer.write(connections[each.topic], each.logged_ns, each.data)
    return folder


@pytest.mark.parametrize(
    ("plugin", "mode"),
    [
        (StoragePlugin.SQLITE3, CompressionMode.NONE),
        (StoragePlugin.SQLITE3, CompressionMode.FILE),
        (StoragePlugin.SQLITE3, CompressionMode.MESSAGE),
        (StoragePlugin.MCAP, CompressionMode.NONE),
        (StoragePlugin.MCAP, CompressionMode.FILE),
        (StoragePlugin.MCAP, CompressionMode.MESSAGE),
        (StoragePlugin.MCAP, CompressionMode.STORAGE),
    ],
)
def test_other_recorders_bags_hold_the_same(plugin, mode, two_episodes, bag_folder: Path, tmp_path: Path) -> None:
    ours = read_bag(bag_folder)
    theirs = read_bag(write_by_the_library(two_episodes.messages, tmp_path / "theirs", plugin, mode))
    assert theirs.counts == ours.counts
    assert not theirs.has_publish_times
    assert ours.has_publish_times
    for field in ("joints", "commands", "statuses"):
        for one, other in zip(getattr(ours, field), getattr(theirs, field), strict=True):
            assert replace(one, times=other.times) == other


@pytest.mark.parametrize("mode", [CompressionMode.NONE, CompressionMode.MESSAGE])
def test_bag_of_ros_humble_holds_the_same(mode, two_episodes, bag_folder: Path, tmp_path: Path) -> None:
    folder = write_by_the_library(two_episodes.messages, tmp_path / "theirs", StoragePlugin.SQLITE3, mode, 8)
    path = folder / "metadata.yaml"
    metadata = yaml.safe_load(path.read_text())
    information = metadata["rosbag2_bagfile_information"]
    information["version"] = 5
    del information["custom_data"], information["ros_distro"]
    for topic in information["topics_with_message_count"]:
        del topic["topic_metadata"]["type_description_hash"]
    path.write_text(yaml.safe_dump(metadata))
    (file,) = folder.glob("*.db3")
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE message_definitions")
        database.execute("ALTER TABLE topics DROP COLUMN type_description_hash")
        database.execute("UPDATE schema SET schema_version = 3")
        database.commit()
    ours, theirs = read_bag(bag_folder), read_bag(folder)
    assert theirs.counts == ours.counts
    assert [each.sample for each in theirs.joints] == [each.sample for each in ours.joints]


def test_metadata_is_read_in_any_locale(bag_folder: Path) -> None:
    path = bag_folder / "metadata.yaml"
    path.write_text("# Sprünge\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    code = "import sys, pathlib; from ant_bringup.bags.reader import read_bag; read_bag(pathlib.Path(sys.argv[1]))"
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "-c", code, str(bag_folder)], check=True, env=environment)


def test_one_file_of_a_bag_is_a_bag(bag_folder: Path) -> None:
    assert read_bag(bag_folder / "first_0.mcap").counts == read_bag(bag_folder).counts


def test_files_follow_one_another_by_number(new_run, tmp_path: Path) -> None:
    run = new_run().simulate([60])
    folder = run.write(tmp_path / "many", file_size=6_000)
    assert (folder / "many_10.mcap").exists()
    stamps = [each.sample.stamp_ns for each in read_bag(folder).joints]
    assert stamps == sorted(stamps)


def test_robot_is_found_in_its_namespace(new_run, tmp_path: Path) -> None:
    bag = read_bag(new_run(namespace="/ant1").simulate([3]).write(tmp_path / "ant1"))
    assert bag.namespace == "/ant1"
    assert len(bag.commands) == 3


def test_one_robot_of_several_is_chosen_by_name(new_run, tmp_path: Path) -> None:
    one, other = new_run(namespace="/ant1").simulate([3]), new_run(namespace="/ant2").simulate([5])
    one.messages += other.messages
    folder = one.write(tmp_path / "both")
    with pytest.raises(BagReadError, match=r"several robots; choose a namespace: /ant1, /ant2 \(--namespace\)"):
        read_bag(folder)
    assert len(read_bag(folder, "ant2").commands) == 5
    with pytest.raises(BagReadError, match="no joint_states in namespace 'ant3'"):
        read_bag(folder, "ant3")


def test_states_for_viewers_are_no_second_robot(two_episodes, new_run, tmp_path: Path) -> None:
    """`ros2 bag record --all` records them too."""
    viewed = [replace(each, topic="/sim_node/view/joint_states") for each in two_episodes.messages[1:20:3]]
    run = new_run(messages=[*two_episodes.messages, *viewed])
    assert read_bag(run.write(tmp_path / "all")).namespace == ""


@pytest.mark.parametrize("plugin", [StoragePlugin.SQLITE3, StoragePlugin.MCAP])
def test_truncated_bag_is_read_as_far_as_it_goes_and_says_how_far(plugin, new_run, tmp_path: Path) -> None:
    run = new_run().simulate([400])
    if plugin is StoragePlugin.MCAP:
        folder = run.write(tmp_path / "cut", flush_every=60)  # the recorder's own, about once a second
    else:
        folder = write_by_the_library(run.messages, tmp_path / "cut", plugin, CompressionMode.NONE)
    (path,) = (file for file in folder.iterdir() if file.suffix in (".db3", ".mcap"))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 7 // 10])
    bag = read_bag(folder)
    assert 10.0 < bag.seconds < 20.0
    assert 10 * 60 < bag.counts.total() < len(run.messages)
    (note,) = bag.notes
    assert f"read as far as it goes: {bag.counts.total()} messages, {bag.seconds:.1f} s" in note
    path.write_bytes(data[:50])
    with pytest.raises(BagReadError, match=r"read as far as it goes: 0 messages, 0\.0 s"):
        read_bag(folder)


def test_damage_in_the_middle_of_an_sqlite3_file_is_said_in_words(two_episodes, tmp_path: Path) -> None:
    messages, mode = two_episodes.messages, CompressionMode.NONE
    folder = write_by_the_library(messages, tmp_path / "bad", StoragePlugin.SQLITE3, mode)
    (path,) = folder.glob("*.db3")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 5000] = bytes(5000)
    path.write_bytes(data)
    try:
        notes = " ".join(read_bag(folder).notes)
    except BagReadError as error:
        notes = str(error)
    assert "damaged" in notes or "is broken" in notes


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "nowhere", "does not exist"),
        (lambda folder: folder.parent / "empty", "holds no file of a bag"),
        (lambda folder: folder / "metadata.yaml", "Unrecognized storage format"),
        (lambda folder: (folder / "first_0.mcap").write_text("no bag") and folder, "is not an MCAP file"),
        (lambda folder: (folder / "metadata.yaml").write_text("[") and folder, "cannot be read"),
        (lambda folder: (folder / "metadata.yaml").write_text("1") and folder, "cannot be read"),
    ],
)
def test_what_is_no_bag_is_refused_by_name(make, words: str, bag_folder: Path) -> None:
    (bag_folder.parent / "empty").mkdir()
    with pytest.raises(BagReadError, match=words) as caught:
        read_bag(make(bag_folder))
    assert "\n" not in str(caught.value)


def test_topic_of_another_type_is_named(new_run, tmp_path: Path) -> None:
    run = new_run().simulate([2])
    run.messages = [
        replace(each, kind="std_msgs/msg/Float64") if each.topic == "/odom" else each for each in run.messages
    ]
    with pytest.raises(BagReadError, match="'/odom' has type std_msgs/msg/Float64; expected nav_msgs/msg/Odometry"):
        read_bag(run.write(tmp_path / "wrong"))


def test_damaged_bag_gives_an_error_in_words_or_numbers(bag_folder: Path) -> None:
    path = bag_folder / "first_0.mcap"
    whole = path.read_bytes()
    refusals: list[str] = []
    for at in range(50, 1000, 50):
        data = bytearray(whole)
        data[at] ^= 0xFF
        path.write_bytes(data)
        try:
            read_bag(bag_folder)
        except BagReadError as error:
            refusals.append(str(error))
    assert refusals
    assert all(str(bag_folder) in each for each in refusals)


def test_damaged_index_costs_no_message(bag_folder: Path) -> None:
    path = bag_folder / "first_0.mcap"
    before = read_bag(bag_folder)
    data = bytearray(path.read_bytes())
    data[-400:-8] = bytes([0xFF]) * 392
    path.write_bytes(data)
    assert read_bag(bag_folder) == before


def test_length_beyond_the_end_is_the_end(bag_folder: Path) -> None:
    path = bag_folder / "first_0.mcap"
    whole = path.read_bytes()
    # The record that follows the header: its first length, and, if it is a chunk, the one of its content.
    at = 8 + 9 + int.from_bytes(whole[9:17], "little")
    for offset in (at + 1, at + 9 + 28 + 4):
        path.write_bytes(whole[:offset] + b"\xff" * 7 + whole[offset + 7 :])
        with pytest.raises(BagReadError, match=r"joint_states|damaged"):
            read_bag(bag_folder)
