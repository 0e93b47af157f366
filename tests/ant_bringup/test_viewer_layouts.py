"""Layouts for Foxglove and PlotJuggler show topics, fields and joints that the Ant has."""

import json
import re
import xml.etree.ElementTree as ET
from functools import reduce

import pytest
from nav_msgs.msg import Odometry
from sensor_msgs.msg import JointState

import ant_sim

ASSETS = ant_sim.MODEL_PATH.parents[1]
TYPES = {"odom": Odometry, "joint_states": JointState, "joint_commands": JointState}
JOINTS = ant_sim.AntSimulator().joint_names

FOXGLOVE = json.loads((ASSETS / "foxglove" / "ant.json").read_text())
PATHS = [path for panel in FOXGLOVE["configById"].values() for path in panel.get("paths", [])]
CURVES = [c.attrib["name"] for c in ET.parse(ASSETS / "plotjuggler" / "ant.xml").iter("curve")]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path["value"])
def test_foxglove_plots_fields_that_exist(path):
    topic, *fields = path["value"].removeprefix("/").split(".")
    last, index = re.fullmatch(r"(\w+)(?:\[(\d)\])?", fields[-1]).groups()
    reduce(getattr, [*fields[:-1], last], TYPES[topic]())
    if index is not None:
        assert path["label"] == JOINTS[int(index)]


def test_foxglove_places_each_of_its_panels_once():
    placed, places = [], [FOXGLOVE["layout"]]
    while places:
        place = places.pop()
        if isinstance(place, str):
            placed.append(place)
        else:
            places += [place["first"], place["second"]]
    assert sorted(placed) == sorted(FOXGLOVE["configById"])


@pytest.mark.parametrize("curve", CURVES)
def test_plotjuggler_plots_fields_that_exist(curve):
    topic, *fields = curve.removeprefix("/").split("/")
    if TYPES[topic] is JointState:
        joint, field = fields
        assert joint in JOINTS
        assert hasattr(JointState(), field)
    else:
        reduce(getattr, fields, TYPES[topic]())
