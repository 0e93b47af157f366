"""A Unitree-style deploy.yaml of a robot with four motors."""

SDK_NAMES = ["FR_hip", "FR_calf", "FL_hip", "FL_calf"]
ORDER = [2, 0, 3, 1]
NAMES = [SDK_NAMES[index] for index in ORDER]
REST = {"robot": "biped", "base_link": "pelvis", "joints__names": f"[{', '.join(SDK_NAMES)}]"}
N_IN = 3 + 3 + 3 * 2 + 3 * 4


def plain(dim, **more):
    return {"params": {}, "clip": None, "scale": [1.0] * dim, "history_length": 1} | more


def deploy():
    return {
        "joint_ids_map": list(ORDER),
        "step_dt": 0.02,
        "stiffness": [10.0, 11.0, 12.0, 13.0],
        "damping": [1.0, 1.1, 1.2, 1.3],
        "default_joint_pos": [0.1, 0.2, -1.3, -1.4],
        "commands": {
            "base_velocity": {
                "ranges": {
                    "lin_vel_x": [-0.5, 1.0],
                    "lin_vel_y": [-0.3, 0.3],
                    "ang_vel_z": [-0.2, 0.2],
                    "heading": None,
                }
            }
        },
        "actions": {
            "JointPositionAction": {
                "clip": None,
                "joint_names": [".*"],
                "scale": [0.25, 0.25, 0.5, 0.5],
                "offset": [0.1, 0.2, -1.3, -1.4],
                "joint_ids": None,
            }
        },
        "observations": {
            "base_ang_vel": plain(3, scale=[0.2, 0.2, 0.2]),
            "projected_gravity": plain(3),
            "velocity_commands": plain(3, params={"command_name": "base_velocity"}, history_length=2),
            "joint_pos_rel": plain(4),
            "joint_vel_rel": plain(4, scale=[0.05] * 4, clip=[-20.0, 20.0]),
            "last_action": plain(4),
        },
    }
