"""Package of the simulator."""

from setuptools import find_packages, setup

NAME = "ant_sim"

setup(
    name=NAME,
    version="0.1.0",
    description="A MuJoCo Ant that learns to jump: physics, Gymnasium environments and the ROS 2 simulator node",
    license="Apache-2.0",
    packages=find_packages(include=["ant_*"]),
    package_data={NAME: ["assets/ant/*", "assets/quadruped/*"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
    ],
    install_requires=["ant_policy", "gymnasium[mujoco]", "mujoco", "numpy", "PyYAML"],
    extras_require={
        "train": ["stable-baselines3"],
        "test": ["hypothesis", "pytest", "pytest-timeout"],
    },
    python_requires=">=3.11",
    zip_safe=False,
    entry_points={
        "console_scripts": [
            "sim_node = ant_sim.sim_node:main",
            "demo = ant_sim.demo:main",
            "urdf = ant_sim.urdf:main",
        ]
    },
)
