"""Episodes of a bag are those of the environment, bit for bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ant_bringup
from ant_bringup.bags.analysis import efforts_by_joint
from ant_bringup.bags.bag import Bag, JointState
from ant_bringup.bags.episodes import Episode
from ant_bringup.bags.reader import read_bag
from ant_policy import default_card
from ant_policy.observation.samples import JointSample
from ant_sim.control_loop.loop import FIRST_STAMP_NS

PERIOD_NS = 50_000_000


def assert_equal(episode: Episode, rollout) -> None:
    assert np.array_equal(episode.observations, np.array(rollout.observations))
    assert np.array_equal(episode.actions, np.array(rollout.actions))
    assert np.array_equal(episode.rewards, np.array(rollout.rewards))
    assert episode.observations.dtype == np.float64
    assert episode.actions.dtype == np.float32


def read(run, tmp_path: Path) -> list[Episode]:
    return list(ant_bringup.episodes(run.write(tmp_path / "bag")))


def test_equal_the_environment_bit_for_bit(two_episodes, bag_folder: Path) -> None:
    found = list(ant_bringup.episodes(bag_folder))
    for episode, rollout in zip(found, two_episodes.rollouts, strict=True):
        assert_equal(episode, rollout)
        assert episode.is_whole
        assert episode.episode_return == episode.reported_return
        assert episode.outcome == "truncated"
    assert [episode.number for episode in found] == [1, 2]
    assert found[0].stamps_ns.tolist() == [FIRST_STAMP_NS + k * PERIOD_NS for k in range(31)]


def test_repeated_states_and_answers_count_once(new_run, tmp_path: Path) -> None:
    run = new_run().simulate([10])
    run.messages = [each for message in run.messages for each in (message, message)]
    (episode,) = read(run, tmp_path)
    assert_equal(episode, run.rollouts[0])


def test_last_episode_without_an_end_is_given_too(new_run, tmp_path: Path) -> None:
    run = new_run().simulate([10], report=False)
    (episode,) = read(run, tmp_path)
    assert_equal(episode, run.rollouts[0])
    assert (episode.outcome, episode.is_whole, episode.number) == ("end of the bag", None, None)


def test_record_that_begins_late_is_known_to_be_incomplete(new_run, tmp_path: Path) -> None:
    run = new_run().simulate([10])
    run.messages = run.messages[9:]
    (episode,) = read(run, tmp_path)
    assert episode.is_whole is False
    assert len(episode) == 7


def test_missing_states_split_an_episode(new_run, tmp_path: Path) -> None:
    run = new_run().simulate([20])
    hole = range(FIRST_STAMP_NS + 8 * PERIOD_NS, FIRST_STAMP_NS + 10 * PERIOD_NS)
    run.messages = [each for each in run.messages if each.logged_ns not in hole or each.topic != "/joint_states"]
    first, second = read(run, tmp_path)
    assert (first.outcome, len(first), len(second)) == ("gap", 7, 10)
    assert np.array_equal(second.observations, np.array(run.rollouts[0].observations)[10:])


def limp(bag: Bag, k: int) -> None:
    joints = bag.joints[k]
    bag.joints[k] = replace(joints, efforts=dict.fromkeys(joints.efforts, 0.0))


def test_step_without_a_command_or_effort_has_zero_action(bag_folder: Path, two_episodes) -> None:
    bag = read_bag(bag_folder)
    del bag.commands[4]
    limp(bag, 5)
    episode = next(iter(ant_bringup.episodes(bag)))
    assert not episode.actions[4].any()
    expected = np.array(two_episodes.rollouts[0].actions)
    assert np.array_equal(np.delete(episode.actions, 4, 0), np.delete(expected, 4, 0))


def test_command_that_is_missing_in_the_bag_splits_an_episode(bag_folder: Path, two_episodes) -> None:
    bag = read_bag(bag_folder)
    del bag.commands[4]
    first, second, _ = ant_bringup.episodes(bag)
    assert (first.outcome, len(first), second.outcome, len(second)) == ("gap", 4, "truncated", 25)
    assert np.array_equal(second.actions, np.array(two_episodes.rollouts[0].actions[5:]))


def test_command_that_the_robot_did_not_follow_has_zero_action(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    limp(bag, 5)
    episode = next(iter(ant_bringup.episodes(bag)))
    assert not episode.actions[4].any()
    assert episode.commands[4].any()
    assert episode.actions[5].any()


def test_robot_that_tells_no_efforts_is_not_taken_for_limp(bag_folder: Path, two_episodes) -> None:
    bag = read_bag(bag_folder)
    bag.joints = [replace(each, efforts={}) for each in bag.joints]
    assert_equal(next(iter(ant_bringup.episodes(bag))), two_episodes.rollouts[0])


def test_restarted_simulator_begins_a_new_episode(new_run, tmp_path: Path) -> None:
    one, other = new_run().simulate([20], report=False), new_run().simulate([6], seed=4, report=False)
    last_ns = one.messages[-1].logged_ns
    one.messages += [replace(each, logged_ns=max(each.logged_ns, last_ns)) for each in other.messages]
    first, second = read(one, tmp_path)
    assert_equal(first, one.rollouts[0])
    assert_equal(second, other.rollouts[0])
    assert first.outcome == "restart"


def test_late_states_are_dropped_as_by_the_policy_node(bag_folder: Path, two_episodes) -> None:
    bag = read_bag(bag_folder)
    bag.joints.insert(9, replace(bag.joints[6], times=bag.joints[8].times))
    assert_equal(next(iter(ant_bringup.episodes(bag))), two_episodes.rollouts[0])


def part(joints: JointState, keep) -> JointState:
    """A message with the joints of another one whose names are to be kept."""
    kept = [i for i, name in enumerate(joints.sample.names) if keep(name)]
    names = tuple(joints.sample.names[i] for i in kept)
    values = ([each[i] for i in kept] for each in (joints.sample.positions, joints.sample.velocities))
    sample = JointSample(joints.sample.stamp_ns, names, *values)
    return JointState(joints.times, sample, {name: joints.efforts[name] for name in names})


def foreign(joints: JointState, stamp_ns: int) -> JointState:
    return JointState(joints.times, JointSample(stamp_ns, ("elbow",), [1.0], []), {"elbow": 5.0})


def test_states_in_pieces_are_merged_as_by_the_policy_node(bag_folder: Path, two_episodes) -> None:
    bag = read_bag(bag_folder)
    bag.joints = [
        piece
        for joints in bag.joints
        for piece in (
            foreign(joints, 0),
            part(joints, lambda name: name.startswith("ankle")),
            foreign(joints, 7),
            part(joints, lambda name: name.startswith("hip")),
        )
    ]
    for episode, rollout in zip(ant_bringup.episodes(bag), two_episodes.rollouts, strict=True):
        assert_equal(episode, rollout)
    assert not {series.values.size for series in efforts_by_joint(bag, default_card("sac")).values()} - {52}


def test_velocities_that_are_not_in_the_bag_are_estimated(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    bag.joints = [replace(each, sample=replace(each.sample, velocities=[])) for each in bag.joints]
    first = next(iter(ant_bringup.episodes(bag)))
    positions, velocities = first.observations[:, 5:13], first.observations[:, 19:]
    differences = (positions[1:] - positions[:-1]) / 0.05
    np.testing.assert_allclose(velocities[2:], differences[1:], atol=0.01 * np.abs(differences).max())


def test_fall_ends_an_episode_where_nobody_reports_it(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    bag.statuses.clear()
    base = bag.measurements["odom"][12]
    bag.measurements["odom"][12] = replace(base, sample=replace(base.sample, height=0.19))
    found = list(ant_bringup.episodes(bag))
    assert [(len(each), each.outcome) for each in found] == [(12, "terminated"), (38, "end of the bag")]
    assert found[0].terminated


def test_state_that_no_policy_may_act_on_is_a_gap(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    joints = bag.joints[7]
    bag.joints[7] = replace(joints, sample=replace(joints.sample, positions=[float("nan")] * 8))
    assert [(len(each), each.outcome) for each in ant_bringup.episodes(bag)][:2] == [(6, "gap"), (22, "truncated")]


@pytest.mark.parametrize("text", ["many", ""])
def test_report_that_makes_no_sense_is_no_number(text: str, bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    bag.statuses = [
        replace(each, values=each.values | {"steps": text, "return": text, "episode": text}) for each in bag.statuses
    ]
    first = next(iter(ant_bringup.episodes(bag)))
    assert (first.number, first.is_whole, first.reported_return) == (None, None, None)


def test_control_instants_of_a_fast_robot_are_those_that_were_answered(bag_folder: Path) -> None:
    """States at 200 Hz, answered at each tenth, from the second period on."""
    slow = read_bag(bag_folder)
    fast = Bag(statuses=[])
    order = 0
    for k in range(30):
        if k <= 1:
            limp(slow, k)
        joints, base, command = slow.joints[k], slow.measurements["odom"][k], slow.commands[k]
        for part in range(10):
            stamp_ns = joints.sample.stamp_ns + part * PERIOD_NS // 10 + 1_000_000
            times = replace(joints.times, order=order)
            fast.measurements["odom"].append(replace(base, times=times, sample=replace(base.sample, stamp_ns=stamp_ns)))
            fast.joints.append(replace(joints, times=times, sample=replace(joints.sample, stamp_ns=stamp_ns)))
            if part == 3 and k > 0:
                fast.commands.append(replace(command, times=times, stamp_ns=stamp_ns))
            order += 1
    (episode,) = ant_bringup.episodes(fast)
    answered = np.array([command.stamp_ns for command in fast.commands])
    begin_ns = fast.joints[0].sample.stamp_ns
    assert episode.stamps_ns.tolist() == [begin_ns, *answered], "the first one is answered by nobody"
