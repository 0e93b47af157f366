"""Marker scene: positions, efforts and staleness."""

import math
from pathlib import Path

import pytest
from mjcf import CART

import ant_sim
from ant_bringup.rviz.marker_geometry import STALE, Mark
from ant_bringup.rviz.marker_scene import MarkerScene
from ant_bringup.rviz.robot_description import parse_urdf
from ant_sim.physics.shipped import find_model
from ant_sim.urdf import urdf_from_mjcf

ROBOT = parse_urdf(urdf_from_mjcf(ant_sim.MODEL_PATH))
EFFORTS = {joint.name: 10.0 * number - 35.0 for number, joint in enumerate(ROBOT.joints)}


@pytest.fixture
def scene() -> MarkerScene:
    """Both sources heard at 100 s."""
    scene = MarkerScene(ROBOT, 0.2, True)
    scene.on_base(7, "ant1/odom", "ant1/torso", (1.0, 2.0, 0.8), 100.0)
    hear(scene, 8, EFFORTS, 100.0)
    return scene


def hear(scene: MarkerScene, stamp_ns: int, efforts: dict[str, float], now: float) -> None:
    scene.on_efforts(stamp_ns, list(efforts), list(efforts.values()), now)


def marks(scene: MarkerScene, now: float, namespace: str) -> list[Mark]:
    return [mark for mark in scene.marks(now) if mark.namespace == namespace]


def grey(scene: MarkerScene, now: float) -> set[str]:
    return {mark.namespace for mark in scene.marks(now) if mark.colour == STALE}


def test_nothing_heard_is_all_that_is_shown() -> None:
    (mark,) = MarkerScene(ROBOT, 0.2, True).marks(100.0)
    assert (mark.frame, mark.text) == ("odom", "waiting for joint_states\nwaiting for odom")


def test_efforts_go_by_name_into_the_frame_of_the_joints_link(scene: MarkerScene) -> None:
    hear(scene, 8, dict(reversed(EFFORTS.items())), 100.0)
    texts = {mark.frame: mark.text for mark in marks(scene, 100.0, "effort values")}
    assert texts == {f"ant1/{joint.link}": f"{joint.name} {EFFORTS[joint.name]:+.1f} N m" for joint in ROBOT.joints}
    assert {mark.stamp_ns for mark in marks(scene, 100.0, "effort")} == {8}


def test_height_is_in_the_frame_of_odom_with_its_stamp(scene: MarkerScene) -> None:
    bar, _ = marks(scene, 100.0, "height")
    assert (bar.frame, bar.stamp_ns, bar.size[2]) == ("ant1/odom", 7, 0.8)


def test_every_mark_has_a_name_of_its_own(scene: MarkerScene) -> None:
    names = [(mark.namespace, mark.number) for mark in scene.marks(100.0)]
    assert len(set(names)) == len(names)


def test_fresh_state_has_no_status_and_no_grey(scene: MarkerScene) -> None:
    assert scene.status(100.19) == ""
    assert not marks(scene, 100.19, "status")[0].shown
    assert grey(scene, 100.19) == set()


def test_what_stops_coming_turns_grey_and_its_age_is_told(scene: MarkerScene) -> None:
    scene.on_base(9, "ant1/odom", "ant1/torso", (1.0, 2.0, 0.8), 101.2)
    assert marks(scene, 101.2, "status")[0].text == "stale: no joint_states for 1.2 s"
    assert grey(scene, 101.2) == {"effort", "effort values"}
    hear(scene, 10, EFFORTS, 103.0)
    assert marks(scene, 103.0, "status")[0].text == "stale: no odom for 1.8 s"
    assert grey(scene, 103.0) == {"height"}


def test_state_that_comes_back_is_fresh_again(scene: MarkerScene) -> None:
    scene.on_base(9, "ant1/odom", "ant1/torso", (1.0, 2.0, 0.9), 105.0)
    hear(scene, 9, EFFORTS, 105.0)
    assert scene.status(105.1) == ""
    assert grey(scene, 105.1) == set()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_position_that_is_not_finite_counts_as_none(scene: MarkerScene, bad: float) -> None:
    scene.on_base(9, "ant1/odom", "ant1/torso", (1.0, bad, 0.9), 100.3)
    assert scene.status(100.3).endswith("no odom for 0.3 s")
    assert marks(scene, 100.3, "height")[0].stamp_ns == 7


def test_effort_that_is_missing_or_not_finite_is_named_and_has_no_arrow(scene: MarkerScene) -> None:
    hear(scene, 9, {name: effort for name, effort in EFFORTS.items() if name != "hip_2"} | {"hip_1": math.nan}, 100.3)
    assert scene.status(100.3).startswith("stale: no odom for 0.3 s\njoint_states has no effort of hip_1, hip_2")
    hidden = {mark.frame for mark in marks(scene, 100.3, "effort") if not mark.shown}
    assert hidden == {"ant1/thigh_1", "ant1/thigh_2"}


def test_child_frame_of_another_name_is_told(scene: MarkerScene) -> None:
    scene.on_base(9, "odom", "base_link", (1.0, 2.0, 0.9), 100.0)
    assert "odom's child frame is 'base_link'; expected 'torso'" in scene.status(100.0)


def test_states_in_pieces_are_shown_whole_each_joint_with_its_own_stamp(scene: MarkerScene) -> None:
    first, second = dict(list(EFFORTS.items())[:4]), dict(list(EFFORTS.items())[4:])
    hear(scene, 20, dict.fromkeys(first, 1.0), 100.10)
    hear(scene, 21, dict.fromkeys(second, 2.0), 100.11)
    hear(scene, 22, {"gripper": 5.0}, 100.12)
    assert scene.status(100.12) == ""
    shown = {mark.frame: (mark.stamp_ns, mark.text) for mark in marks(scene, 100.12, "effort values")}
    for joint in ROBOT.joints:
        stamp_ns, effort = (20, 1.0) if joint.name in first else (21, 2.0)
        assert shown[f"ant1/{joint.link}"] == (stamp_ns, f"{joint.name} {effort:+.1f} N m")


def test_effort_of_a_joint_that_the_others_outlive_is_dropped(scene: MarkerScene) -> None:
    rest = {name: effort for name, effort in EFFORTS.items() if name != "hip_2"}
    hear(scene, 9, rest, 100.19)
    assert scene.status(100.19) == ""
    hear(scene, 10, rest, 100.21)
    scene.on_base(10, "ant1/odom", "ant1/torso", (1.0, 2.0, 0.8), 100.21)
    assert scene.status(100.21) == "joint_states has no effort of hip_2"


def test_another_robot_has_its_own_efforts_and_nothing_of_the_jump() -> None:
    robot = parse_urdf(urdf_from_mjcf(find_model("quadruped")))
    scene = MarkerScene(robot, 0.2, False)
    scene.on_base(7, "odom", "trunk", (0.0, 0.0, 0.3), 100.0)
    hear(scene, 8, {joint.name: 10.0 for joint in robot.joints}, 100.0)
    assert scene.status(100.0) == ""
    assert {mark.namespace for mark in scene.marks(100.0)} == {"status", "legend", "effort", "effort values"}
    assert {joint.max_effort for joint in robot.joints} == {23.7, 35.55}
    assert "reward" not in marks(scene, 100.0, "legend")[0].text


def test_forces_of_slide_joints_have_their_unit(tmp_path: Path) -> None:
    (tmp_path / "cart.xml").write_text(CART)
    robot = parse_urdf(urdf_from_mjcf(tmp_path / "cart.xml"))
    scene = MarkerScene(robot, 0.2, False)
    scene.on_base(7, "odom", robot.root, (0.0, 0.0, 0.0), 100.0)
    hear(scene, 8, {"rail": 5.0, "lift": -40.0}, 100.0)
    texts = {mark.text for mark in marks(scene, 100.0, "effort values")}
    assert texts == {"rail +5.0 N", "lift -40.0 N"}, "the pivot has no motor"
    assert "[N]," in marks(scene, 100.0, "legend")[0].text
