"""Cards of Unitree-style deploy.yaml files."""

import numpy as np
from card_makers import made, refusal, save_onnx
from deploy_files import N_IN, NAMES, ORDER, REST, SDK_NAMES, deploy, plain
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_policy.card.makers.deploy_yaml import draft_of_deploy_yaml
from ant_policy.card.safe_yaml import dump_yaml
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import ImuSample, JointSample
from ant_policy.policies.loading import load_policy


def test_deploy_yaml_becomes_a_card_in_the_policys_order(write_deploy, tmp_path):
    card = made(write_deploy(), tmp_path / "out", **REST)
    assert card.joints.names == card.action.joints == tuple(NAMES)
    assert card.joints.default_pose == card.action.offset == dict(zip(NAMES, (0.1, 0.2, -1.3, -1.4), strict=True))
    assert card.action.scale == dict(zip(NAMES, (0.25, 0.25, 0.5, 0.5), strict=True))
    assert card.action.stiffness == dict(zip(SDK_NAMES, (10.0, 11.0, 12.0, 13.0), strict=True))
    assert card.action.damping == dict(zip(SDK_NAMES, (1.0, 1.1, 1.2, 1.3), strict=True))
    assert (card.control_period, card.policy.output, card.observation_size) == (0.02, "none", N_IN)
    assert card.sources == ("imu", "cmd_vel")
    command = card.observation.terms[2]
    assert command.history == 2
    assert command.clip == {"linear_x": (-0.5, 1.0), "linear_y": (-0.3, 0.3), "angular_z": (-0.2, 0.2)}


def test_observation_is_that_of_the_robots_own_controller(write_deploy, tmp_path):
    made(write_deploy(), tmp_path / "out", **REST)
    card = load_policy(tmp_path / "out").card
    motor_positions, motor_velocities = np.array([0.3, -0.4, 0.5, -0.6]), np.array([1.0, 100.0, -2.0, 3.0])
    joints = JointSample(1, SDK_NAMES, motor_positions.tolist(), motor_velocities.tolist())
    imu = ImuSample(1, (1.0, 0.0, 0.0, 0.0), (0.1, 0.2, 0.3))
    builder = ObservationBuilder(card)
    found = builder.stack(builder.frame(RobotState(joints, imu=imu, command=(9.0, 0.1, -9.0))))
    data = deploy()
    command = [1.0, 0.1, -0.2]
    positions = motor_positions[ORDER] - data["default_joint_pos"]
    velocities = np.clip(motor_velocities[ORDER], -20.0, 20.0) * 0.05
    expected = [0.02, 0.04, 0.06, 0, 0, -1, *command, *command, *positions, *velocities, 0, 0, 0, 0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_all_joints_in_pyyamls_form_of_a_slice_are_read_and_other_tags_refused(write_deploy, tmp_path, capsys):
    tag = "joint_ids: !!python/object/apply:builtins.slice [null, null, null]"
    assert made(write_deploy(replaced=("joint_ids: null", tag)), tmp_path / "out", **REST).action_size == 4
    marker = tmp_path / "marker"
    evil = f"joint_ids: !!python/object/apply:builtins.open ['{marker}', w]"
    message = refusal(capsys, write_deploy(replaced=("joint_ids: null", evil)), tmp_path / "other", **REST)
    assert "expected plain YAML, found: a tag in line" in message
    assert not marker.exists()


def test_policy_of_some_motors_alone_is_read(write_deploy, tmp_path):
    def change(data):
        data.update(joint_ids_map=[3, 0], default_joint_pos=[0.1, 0.2])
        data["actions"]["JointPositionAction"].update(scale=0.5, offset=[0.1, 0.2])
        data["observations"] = {"joint_pos_rel": plain(2), "joint_vel_rel": plain(2, scale=None)}

    path = write_deploy(change, n_in=4)
    save_onnx(path.parent.parent / "exported" / "policy.onnx", 4, 2)
    card = made(path, tmp_path / "out", **REST)
    assert card.joints.names == ("FL_calf", "FR_hip")
    assert card.action.stiffness == {"FL_calf": 13.0, "FR_hip": 10.0}


def test_history_of_whole_observations_is_read(write_deploy, tmp_path, capsys):
    def change(data):
        data["observations"] = {name: term | {"history_length": 5} for name, term in data["observations"].items()}
        data["observations"]["use_gym_history"] = True

    card = made(write_deploy(change, n_in=21 * 5), tmp_path / "out", **REST)
    assert (card.observation.history, card.observation_size) == (5, 105)
    path = write_deploy(lambda data: data["observations"].update(use_gym_history=True))
    message = refusal(capsys, path, tmp_path / "other", **REST)
    assert "field 'observations': expected one history_length for all terms where use_gym_history is true" in message


def test_clip_of_scaled_values_is_taken_back_to_their_unit(write_deploy, tmp_path):
    def change(data):
        data["observations"]["joint_vel_rel"] |= {"clip": [-1.0, 2.0], "scale_first": True}

    clip = made(write_deploy(change), tmp_path / "out", **REST).observation.terms[4].clip
    assert clip == dict.fromkeys(NAMES, (-20.0, 40.0))


def test_action_of_some_joints_with_a_clip_is_read(write_deploy, tmp_path):
    def change(data):
        clip = [[-1.0, 1.0], [-2.0, 2.0]]
        data["observations"]["last_action"]["scale"] = [1.0, 1.0]
        data["actions"]["JointPositionAction"] |= {"joint_ids": [2, 0], "scale": 0.5, "offset": 0.0, "clip": clip}

    path = write_deploy(change, n_in=N_IN - 2)
    save_onnx(path.parent.parent / "exported" / "policy.onnx", N_IN - 2, 2)
    action = made(path, tmp_path / "out", **REST).action
    assert action.joints == (NAMES[2], NAMES[0])
    assert action.clip == {NAMES[2]: (-1.0, 1.0), NAMES[0]: (-2.0, 2.0)}


def test_onnx_is_found_beside_it_or_named(write_deploy, tmp_path, capsys):
    path = write_deploy()
    exported = path.parent.parent / "exported" / "policy.onnx"
    beside = exported.rename(path.parent / "policy.onnx")
    assert made(path, tmp_path / "beside", **REST).observation_size == N_IN
    save_onnx(path.parent / "second.onnx", N_IN, 4)
    message = refusal(capsys, path, tmp_path / "out", **REST)
    assert "expected one .onnx beside it or in ../exported, found" in message
    assert "name it by --policy FILE" in message
    assert made(path, tmp_path / "out", "--policy", str(beside), **REST).observation_size == N_IN
    assert "--policy: expected a file named" in refusal(capsys, beside, tmp_path / "out", "--policy", str(beside))


@given(st.permutations(range(6)), st.lists(st.floats(-5.0, 5.0), min_size=6, max_size=6))
@settings(max_examples=30, deadline=None)
def test_any_permutation_gives_each_joint_its_own_gains(tmp_path_factory, order, numbers):
    data = deploy() | {
        "joint_ids_map": list(order),
        "stiffness": [abs(number) for number in numbers],
        "damping": [1.0] * 6,
    }
    data |= {"default_joint_pos": numbers, "observations": {"joint_pos_rel": plain(6)}}
    data["actions"] = {"JointPositionAction": {"scale": 0.5, "offset": numbers}}
    path = tmp_path_factory.mktemp("deploy") / "deploy.yaml"
    path.write_text(dump_yaml(data))
    names = [f"motor_{index}" for index in range(6)]
    draft = draft_of_deploy_yaml(path, {"joints.names": names})
    assert draft.get("joints.names") == [names[index] for index in order]
    assert draft.get("action.stiffness") == {name: abs(number) for name, number in zip(names, numbers, strict=True)}
    assert [draft.get("joints.default_pose")[names[index]] for index in order] == numbers
