"""The configuration of RViz fits the robot, and its frames take a prefix."""

import pytest
import yaml

import ant_sim
from ant_bringup.rviz.config import for_robot
from ant_bringup.rviz.marker_scene import MarkerScene
from ant_bringup.rviz.robot_description import parse_urdf
from ant_sim.physics.shipped import find_model
from ant_sim.urdf import urdf_from_mjcf

URDF = ant_sim.MODEL_PATH.with_name("ant.urdf")
CONFIG = yaml.safe_load((URDF.parents[1] / "rviz" / "ant.rviz").read_text())
MANAGER = CONFIG["Visualization Manager"]


def display(kind: str, config: dict = CONFIG) -> dict:
    (found,) = [d for d in config["Visualization Manager"]["Displays"] if d["Class"] == f"rviz_default_plugins/{kind}"]
    return found


def test_camera_follows_the_root_link_in_the_frame_of_odom() -> None:
    assert MANAGER["Global Options"]["Fixed Frame"] == "odom"
    assert MANAGER["Views"]["Current"]["Target Frame"] == parse_urdf(URDF.read_text()).root


def test_every_namespace_of_the_markers_has_its_switch() -> None:
    scene = MarkerScene(parse_urdf(URDF.read_text()), 0.2, True)
    scene.on_base(1, "odom", "torso", (0.0, 0.0, 1.0), 0.0)
    assert set(display("MarkerArray")["Namespaces"]) == {mark.namespace for mark in scene.marks(0.0)}


def test_topics_are_relative_so_that_a_namespace_moves_them() -> None:
    topics = [d[key]["Value"] for d in MANAGER["Displays"] for key in ("Topic", "Description Topic") if key in d]
    assert sorted(topics) == ["markers", "odom", "robot_description"]


def test_window_leaves_its_room_to_the_robot() -> None:
    assert [panel["Name"] for panel in CONFIG["Panels"]] == ["Displays"]
    assert CONFIG["Window Geometry"]["Hide Left Dock"] is CONFIG["Window Geometry"]["Hide Right Dock"] is True


def test_prefix_goes_to_all_frames_and_to_nothing_else() -> None:
    config = for_robot(CONFIG, "torso", "ant1/")
    manager = config["Visualization Manager"]
    assert manager["Global Options"].pop("Fixed Frame") == "ant1/odom"
    assert manager["Views"]["Current"].pop("Target Frame") == "ant1/torso"
    assert display("RobotModel", config).pop("TF Prefix") == "ant1"
    original = for_robot(CONFIG, "torso", "")
    assert original == CONFIG
    del original["Visualization Manager"]["Global Options"]["Fixed Frame"]
    del original["Visualization Manager"]["Views"]["Current"]["Target Frame"]
    del display("RobotModel", original)["TF Prefix"]
    assert config == original


def test_camera_follows_the_root_link_of_another_robot() -> None:
    root = parse_urdf(urdf_from_mjcf(find_model("quadruped"))).root
    manager = for_robot(CONFIG, root, "dog/")["Visualization Manager"]
    assert manager["Views"]["Current"]["Target Frame"] == "dog/trunk"


def test_prefix_without_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'ant1'.*ends with '/'"):
        for_robot(CONFIG, "torso", "ant1")
