"""The URDF describes the robot of the MJCF."""

import math
from pathlib import Path
from xml.etree import ElementTree as ET

import mujoco
import numpy as np
import pytest
from mjcf import ARM, CART, GO1, ROVER

from ant_sim import MODEL_PATH
from ant_sim.physics.robot import load_robot
from ant_sim.urdf import main, urdf_from_mjcf

URDF = MODEL_PATH.with_name("ant.urdf")
ROOT = ET.parse(URDF).getroot()
LINKS = {link.get("name"): link for link in ROOT.findall("link")}
JOINTS = {joint.get("name"): joint for joint in ROOT.findall("joint")}
HINGES = {name: joint for name, joint in JOINTS.items() if joint.get("type") == "revolute"}
MODEL = mujoco.MjModel.from_xml_path(str(MODEL_PATH))
BODIES = [MODEL.body(i).name for i in range(1, MODEL.nbody)]


def vector(text: str) -> np.ndarray:
    return np.array([float(number) for number in text.split()])


def rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rodrigues' formula."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def transform(matrix: np.ndarray, translation: np.ndarray) -> np.ndarray:
    result = np.eye(4)
    result[:3, :3], result[:3, 3] = matrix, translation
    return result


def origin(element: ET.Element) -> np.ndarray:
    """The origin's transform: roll, pitch and yaw are about fixed axes."""
    place = element.find("origin")
    roll, pitch, yaw = vector(place.get("rpy"))
    x, y, z = np.eye(3)
    return transform(rotation(z, yaw) @ rotation(y, pitch) @ rotation(x, roll), vector(place.get("xyz")))


ORIGINS = {name: origin(joint) for name, joint in JOINTS.items()}
AXES = {name: vector(joint.find("axis").get("xyz")) for name, joint in HINGES.items()}


def forward_kinematics(positions: dict[str, float]) -> dict[str, np.ndarray]:
    """Transform of each link in the root link's frame, from the positions [rad] of all joints that move."""
    frames = {"torso": np.eye(4)}
    for name, joint in JOINTS.items():
        frame = frames[joint.find("parent").get("link")] @ ORIGINS[name]
        if name in HINGES:
            frame = frame @ transform(rotation(AXES[name], positions[name]), np.zeros(3))
        frames[joint.find("child").get("link")] = frame
    return frames


def body_frames(data: mujoco.MjData) -> dict[str, np.ndarray]:
    """Transform of each body in the torso's frame."""
    frames = {name: transform(data.body(name).xmat.reshape(3, 3), data.body(name).xpos) for name in BODIES}
    inverse = np.linalg.inv(frames["torso"])
    return {name: inverse @ frame for name, frame in frames.items()}


def test_file_is_what_the_command_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == URDF.read_text(), "run: python -m ant_sim.urdf > assets/ant/ant.urdf"


def test_links_are_the_bodies_and_the_torso_is_the_root() -> None:
    assert list(LINKS) == BODIES
    children = {joint.find("child").get("link") for joint in JOINTS.values()}
    assert set(LINKS) - children == {"torso"}


def test_joints_agree_in_names_axes_ranges_and_efforts() -> None:
    assert list(HINGES) == [MODEL.joint(i).name for i in range(1, MODEL.njnt)]
    for name, joint in HINGES.items():
        expected, limit, motor = MODEL.joint(name), joint.find("limit"), MODEL.actuator(name)
        assert joint.find("child").get("link") == MODEL.body(MODEL.jnt_bodyid[expected.id]).name
        assert vector(joint.find("axis").get("xyz")) == pytest.approx(expected.axis, abs=1e-9)
        limits = [float(limit.get(side)) for side in ("lower", "upper")]
        assert limits == pytest.approx(expected.range, abs=1e-9)
        assert float(limit.get("effort")) == motor.gear[0] * motor.ctrlrange[1]
        assert float(joint.find("dynamics").get("damping")) == MODEL.dof_damping[expected.dofadr[0]]


def test_masses_centres_and_inertias_agree() -> None:
    for name, link in LINKS.items():
        body, inertial = MODEL.body(name), link.find("inertial")
        assert float(inertial.find("mass").get("value")) == pytest.approx(body.mass[0], rel=1e-9)
        place = origin(inertial)
        assert place[:3, 3] == pytest.approx(body.ipos, abs=1e-9)
        given = {key: float(value) for key, value in inertial.find("inertia").attrib.items()}
        tensor = np.array([[given["i" + "".join(sorted(row + column))] for column in "xyz"] for row in "xyz"])
        tensor = place[:3, :3] @ tensor @ place[:3, :3].T
        axes = np.empty(9)
        mujoco.mju_quat2Mat(axes, body.iquat)
        axes = axes.reshape(3, 3)
        assert tensor == pytest.approx(axes @ np.diag(body.inertia) @ axes.T, rel=1e-9, abs=1e-12)


def test_forward_kinematics_of_every_link_agree_in_random_poses() -> None:
    rng = np.random.default_rng(0)
    data = mujoco.MjData(MODEL)
    for _ in range(1000):
        positions = {name: rng.uniform(-math.pi, math.pi) for name in HINGES}
        data.qpos[:3], data.qpos[3:7] = rng.uniform(-2.0, 2.0, 3), rng.normal(size=4)
        for name, position in positions.items():
            data.joint(name).qpos[0] = position
        mujoco.mj_kinematics(MODEL, data)
        expected = body_frames(data)
        for name, frame in forward_kinematics(positions).items():
            assert np.abs(frame - expected[name]).max() < 1e-6, name


def test_shapes_fill_the_geoms_in_their_colours() -> None:
    colours = {each.get("name"): vector(each.find("color").get("rgba")) for each in ROOT.findall("material")}
    for name, link in LINKS.items():
        (geom,) = [MODEL.geom(i) for i in range(MODEL.ngeom) if MODEL.body(MODEL.geom_bodyid[i]).name == name]
        parts = link.findall("visual")
        assert all(colours[part.find("material").get("name")] == pytest.approx(geom.rgba, abs=1e-6) for part in parts)
        spheres = [part for part in parts if part.find("geometry/sphere") is not None]
        cylinders = [part for part in parts if part.find("geometry/cylinder") is not None]
        axes = np.empty(9)
        mujoco.mju_quat2Mat(axes, geom.quat)
        half = geom.size[1] * axes.reshape(3, 3)[:, 2]
        ends = {tuple(np.round(origin(part)[:3, 3], 6)) for part in spheres}
        assert ends == {tuple(np.round(geom.pos + side * half, 6) + 0.0) for side in (-1.0, 1.0)}
        for part in cylinders:
            place, size = origin(part), part.find("geometry/cylinder")
            assert float(size.get("length")) == pytest.approx(2 * np.linalg.norm(half), abs=1e-6)
            assert abs(place[:3, 2] @ half) == pytest.approx(np.linalg.norm(half), abs=1e-6)
        radii = [float(shape.get("radius")) for part in parts for shape in part.find("geometry")]
        assert radii == pytest.approx([geom.size[0]] * len(parts), abs=1e-9)
        assert len(link.findall("collision")) == len(parts)


def test_another_reader_of_urdf_sees_the_same_robot() -> None:
    spec = mujoco.MjSpec.from_file(str(URDF))
    spec.compiler.fusestatic = False
    read = spec.compile()
    for name in BODIES:
        assert read.body(name).mass[0] == pytest.approx(MODEL.body(name).mass[0], rel=1e-9)
        assert sorted(read.body(name).inertia) == pytest.approx(sorted(MODEL.body(name).inertia), rel=1e-6)
    for name in HINGES:
        assert read.joint(name).range == pytest.approx(MODEL.joint(name).range, abs=1e-9)


# Other robots

CRANE = """
<mujoco model="crane">
  <compiler angle="radian"/>
  <worldbody>
    <geom type="plane" size="5 5 0.1"/>
    <body name="table" pos="3 0 0"><geom size="0.1"/></body>
    <body name="base" pos="0 0 1" quat="0.9 0.1 0.3 0">
      <geom type="cylinder" size="0.2 0.1" rgba="1 0 0 1"/>
      <geom type="ellipsoid" size="0.1 0.2 0.3"/>
      <body name="mast" pos="0.1 0.2 0.3" quat="0.8 0 0.6 0">
        <joint name="turn" axis="0 0 1" ref="0.7"/>
        <joint name="tilt" axis="0 1 0" pos="0 0 0.4" range="-1 1" limited="true"/>
        <joint name="reach" type="slide" axis="1 0 0" ref="0.2"/>
        <geom type="box" size="0.1 0.1 0.4" rgba="0 1 0 1" contype="0" conaffinity="0"/>
        <body pos="0 0 0.8">
          <joint name="hook" axis="1 0 0" pos="0.1 0.05 0"/><geom type="capsule" size="0.05 0.1"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator><position joint="turn" kp="9" forcerange="-3 3"/><position joint="reach" gear="2"/></actuator>
</mujoco>
"""
"""Several joints in a body, at an anchor, with a reference position; an unnamed body; scenery."""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "robot.xml"
    path.write_text(text)
    return path


def joints_of(root: ET.Element) -> dict[str, ET.Element]:
    return {joint.get("name"): joint for joint in root.findall("joint")}


@pytest.mark.parametrize("name", ["crane", "arm", "cart", "rover", "go1"])
def test_every_link_is_where_mujoco_has_its_body(name: str, tmp_path: Path) -> None:
    if name == "go1" and not GO1.is_file():
        pytest.skip("the Go1's model is not here (shared/robots/go1)")
    texts = {"crane": CRANE, "arm": ARM, "cart": CART, "rover": ROVER}
    path = GO1 if name == "go1" else written(tmp_path, texts[name])
    robot = load_robot(path)
    spec = mujoco.MjSpec.from_string(urdf_from_mjcf(path))
    spec.compiler.fusestatic = False
    spec.compiler.boundmass = spec.compiler.boundinertia = 1e-6  # of links that stand for a body's further joints
    read, model = spec.compile(), robot.model
    mine, theirs = mujoco.MjData(model), mujoco.MjData(read)
    named = {read.body(i).name for i in range(read.nbody)}
    bodies = [model.body(i).name for i in range(1, model.nbody) if model.body(i).name in named]
    assert len(bodies) > 1
    rng = np.random.default_rng(0)
    for _ in range(20):
        for joint in robot.joint_names:
            mine.joint(joint).qpos = theirs.joint(joint).qpos = rng.uniform(-1.0, 1.0)
        mujoco.mj_kinematics(model, mine)
        mujoco.mj_kinematics(read, theirs)
        root_at, root = (np.eye(4), "world") if robot.base_link == "world" else (None, robot.base_link)
        if root_at is None:
            root_at = transform(mine.body(root).xmat.reshape(3, 3), mine.body(root).xpos)
        for body in bodies:
            in_root = np.linalg.inv(root_at) @ transform(mine.body(body).xmat.reshape(3, 3), mine.body(body).xpos)
            # MuJoCo reads a URDF's root link as a body fixed in the world.
            found = transform(theirs.body(body).xmat.reshape(3, 3), theirs.body(body).xpos)
            assert found == pytest.approx(in_root, abs=1e-9), body


def test_joint_types_and_limits_are_those_of_the_model(tmp_path: Path) -> None:
    joints = joints_of(ET.fromstring(urdf_from_mjcf(written(tmp_path, CRANE))))
    limits = {name: joint.find("limit").attrib for name, joint in joints.items() if joint.find("limit") is not None}
    assert {name: joint.get("type") for name, joint in joints.items()} == {
        "turn": "continuous", "tilt": "revolute", "reach": "prismatic", "hook": "continuous", "body_4_mount": "fixed",
    }  # fmt: skip
    assert limits["turn"] == {"effort": "3", "velocity": "1000"}
    assert limits["tilt"] == {"lower": "-1", "upper": "1", "effort": "0", "velocity": "1000"}
    assert limits["reach"] == {"lower": "-1000", "upper": "1000", "effort": "1000", "velocity": "1000"}


def test_shapes_collide_as_in_the_model_and_others_are_left_out_with_a_comment(tmp_path: Path) -> None:
    text = urdf_from_mjcf(written(tmp_path, CRANE))
    links = {link.get("name"): link for link in ET.fromstring(text).findall("link")}
    assert "table" not in links
    assert [shape.tag for shape in links["base"].findall("visual/geometry/*")] == ["cylinder"]
    assert links["mast"].find("visual/geometry/box").get("size") == "0.2 0.2 0.8"
    assert links["mast"].find("collision") is None
    assert "geom 3 (ellipsoid) is left out" in text
    materials = ET.fromstring(text).findall("material")
    colours = {material.get("name"): material.find("color").get("rgba") for material in materials}
    names = [links[link].find("visual/material").get("name") for link in ("base", "mast")]
    assert [colours[name] for name in names] == ["1 0 0 1", "0 1 0 1"]


def test_mesh_is_left_out(tmp_path: Path) -> None:
    mesh = '<asset><mesh name="m" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/></asset>'
    text = ARM.replace("<worldbody>", f"{mesh}<worldbody>").replace(
        '<geom type="box" size="0.05 0.02 0.02"/>', '<geom type="mesh" mesh="m"/>'
    )
    urdf = urdf_from_mjcf(written(tmp_path, text))
    assert "(mesh) is left out" in urdf
    assert ET.fromstring(urdf).find("link[@name='hand']/visual") is None


def test_command_takes_a_shipped_robot_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ant"]) == 0
    assert capsys.readouterr().out == URDF.read_text()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<mujoco", "<moojoco", "XML"),
        ('<joint name="hook"', '<joint name="hook" type="ball"', "joint 'hook' is a ball joint"),
        (
            "</worldbody>",
            '<body name="door"><joint name="hinge"/><geom size="0.1"/></body></worldbody>',
            "body 'door' stands in the world; a robot has one root",
        ),
    ],
)
def test_what_urdf_cannot_say_is_named(old: str, new: str, words: str, tmp_path: Path, capsys) -> None:
    assert old in CRANE
    assert main([str(written(tmp_path, CRANE.replace(old, new, 1)))]) == 2
    error = capsys.readouterr().err
    assert error.startswith("urdf: error: ")
    assert words in error


def test_unknown_robot_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere.xml"]) == 2
    assert "robot 'nowhere.xml' is unknown; available: ant" in capsys.readouterr().err
