"""Reading of an ideal accelerometer at the base link."""

import mujoco
import numpy as np

from ant_sim.physics.frames import rotation_matrix, to_body, to_world
from ant_sim.physics.robot import Robot

Vector = tuple[float, float, float]


SITE = "imu"
"""Site of the IMU in a model without an accelerometer."""


class Accelerometer:
    """The model's accelerometer at a site of the base link, or else one at its site `imu`, or else at its origin.

    Of an IMU only this reading depends on the place. A gyro or framequat on the base link gives, turned into the base
    frame, the angular velocity and orientation of the base's state, which are bit for bit those of the environments.

    Accelerations are solved in a copy of the state: MuJoCo's own are one physics step old, and solving them in place
    would change the solver's warm start and with it the trajectory.
    """

    def __init__(self, robot: Robot) -> None:
        """Attach to a robot; readings are in the frame of its base link, whatever the site's orientation."""
        self._robot = robot
        self._data = mujoco.MjData(robot.model)
        self._sensor = _find_sensor(robot)
        self._site = _find_site(robot) if self._sensor is None else self._sensor[0]

    def read(self, source: mujoco.MjData) -> Vector:
        """Proper acceleration (3,) [m/s2] in a state, base frame (REP-145).

        It is +9.81 on z at rest and 0 in free fall, under the control of the last step.
        """
        robot, data = self._robot, self._data
        model = robot.model
        data.qpos, data.qvel, data.ctrl = source.qpos, source.qvel, source.ctrl
        data.qacc_warmstart = source.qacc_warmstart
        mujoco.mj_forward(model, data)
        if self._sensor is not None:
            address = self._sensor[1]
            x, y, z = data.sensordata[address : address + 3].tolist()
        elif robot.base_is_root and self._site is None:
            acceleration_w = (data.qacc[0:3] - model.opt.gravity).tolist()
            return to_body(rotation_matrix(source.qpos[3:7].tolist()), acceleration_w)
        else:
            mujoco.mj_rnePostConstraint(model, data)
            kind, index = mujoco.mjtObj.mjOBJ_XBODY, robot.base
            if self._site is not None:
                kind, index = mujoco.mjtObj.mjOBJ_SITE, self._site
            acceleration = np.empty(6)
            mujoco.mj_objectAcceleration(model, data, kind, index, acceleration, 1)
            x, y, z = acceleration[3:].tolist()
        if self._site is None:
            return x, y, z
        return to_world(rotation_matrix(model.site_quat[self._site].tolist()), (x, y, z))


def _find_sensor(robot: Robot) -> tuple[int, int] | None:
    """Site and address in `sensordata` of the first accelerometer at the base link, if there is one."""
    model = robot.model
    for i in range(model.nsensor):
        site = int(model.sensor_objid[i])
        is_accelerometer = model.sensor_type[i] == mujoco.mjtSensor.mjSENS_ACCELEROMETER
        if is_accelerometer and model.site_bodyid[site] == robot.base:
            return site, int(model.sensor_adr[i])
    return None


def _find_site(robot: Robot) -> int | None:
    """Site `imu` of the base link, if it has one."""
    model = robot.model
    sites = [i for i in range(model.nsite) if model.site(i).name == SITE and model.site_bodyid[i] == robot.base]
    return sites[0] if sites else None
