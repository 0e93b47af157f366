"""Small robots of every kind that the simulator takes, as MJCF."""

from pathlib import Path

GO1 = Path(__file__).parents[3] / "shared" / "robots" / "go1" / "go1.xml"
"""A robot that nobody here made; not part of the project."""

ARM = """
<mujoco model="arm">
  <compiler angle="radian"/>
  <default><geom type="capsule" size="0.03" contype="0" conaffinity="0"/><joint axis="0 1 0" damping="0.1"/></default>
  <worldbody>
    <body name="pedestal" pos="0 0 0.5">
      <geom type="box" size="0.1 0.1 0.5" pos="0 0 -0.5"/>
      <body name="upper_arm">
        <joint name="shoulder" range="-2 2" limited="true"/><geom fromto="0 0 0 0 0 0.3"/>
        <body name="forearm" pos="0 0 0.3">
          <joint name="elbow"/><geom fromto="0 0 0 0 0 0.25"/>
          <body name="hand" pos="0 0 0.25">
            <joint name="wrist" axis="0 0 1"/><geom type="box" size="0.05 0.02 0.02"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <position name="wrist" joint="wrist" kp="5"/>
    <position name="shoulder" joint="shoulder" kp="50" kv="2" gear="2" forcerange="-60 60"/>
    <position name="elbow" joint="elbow" kp="40" ctrlrange="-1 1" ctrllimited="true"/>
  </actuator>
  <keyframe><key name="home" qpos="0.5 -0.8 0.2"/><key name="folded" qpos="1 1 0"/></keyframe>
</mujoco>
"""
"""A fixed base, three position-controlled joints, actuators in another order."""

CART = """
<mujoco model="cart">
  <worldbody>
    <body name="cart">
      <joint name="rail" type="slide" axis="1 0 0"/>
      <joint name="lift" type="slide" axis="0 0 1" range="0 1" limited="true"/>
      <geom type="box" size="0.1 0.1 0.05" contype="0" conaffinity="0"/>
      <body name="pole" pos="0 0 0.1">
        <joint name="pivot" axis="0 1 0"/><geom type="capsule" size="0.02" fromto="0 0 0 0 0 0.5"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="pull" joint="rail" gear="10" ctrlrange="-1 1" ctrllimited="true"/>
    <motor joint="lift" gear="40"/>
  </actuator>
</mujoco>
"""
"""A root that slides on two joints, motors, and a passive hinge."""

ROVER = """
<mujoco model="rover">
  <worldbody>
    <geom type="plane" size="5 5 0.1"/>
    <body name="chassis" pos="0 0 0.1">
      <freejoint name="root"/>
      <geom type="box" size="0.2 0.1 0.03" mass="2"/>
      <geom type="sphere" size="0.05" pos="0.15 0 -0.05" friction="0 0 0" priority="1" mass="0.1"/>
      <site name="sensor" pos="0.1 0 0.02" euler="0 0 90"/>
      <body name="left" pos="-0.1 0.12 0" quat="1 1 0 0">
        <joint name="left_wheel" axis="0 0 -1"/><geom type="cylinder" size="0.1 0.02" mass="0.3"/>
      </body>
      <body name="right" pos="-0.1 -0.12 0" quat="1 1 0 0">
        <joint name="right_wheel" axis="0 0 -1"/><geom type="cylinder" size="0.1 0.02" mass="0.3"/>
      </body>
    </body>
  </worldbody>
  <actuator><velocity joint="left_wheel" kv="1"/><velocity joint="right_wheel" kv="1"/></actuator>
  <sensor><gyro site="sensor"/><accelerometer site="sensor"/></sensor>
</mujoco>
"""
"""A free root, velocity-controlled wheels, an accelerometer turned by 90 degrees."""
