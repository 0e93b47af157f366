"""Package ant_bringup."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = "ant_bringup"

setup(
    name=NAME,
    version="0.1.0",
    description="Brings up simulator, policy and RViz with one launch file, or in one process",
    license="Apache-2.0",
    packages=find_packages(include=["ant_*"]),
    package_data={NAME: ["assets/ant/*"], f"{NAME}.web": ["pages/*"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        (f"share/{NAME}/launch", [str(path) for path in Path("launch").glob("*.launch.py")]),
        (f"share/{NAME}/config", [str(path) for path in Path("config").iterdir()]),
        (f"share/{NAME}/rviz", [f"{NAME}/assets/rviz/ant.rviz"]),
        (f"share/{NAME}/foxglove", [f"{NAME}/assets/foxglove/ant.json"]),
        (f"share/{NAME}/plotjuggler", [f"{NAME}/assets/plotjuggler/ant.xml"]),
        (f"share/{NAME}/urdf", [f"{NAME}/assets/ant/ant.urdf"]),
    ],
    install_requires=["ant_sim", "ant_policy", "gymnasium", "mcap", "mujoco", "numpy", "PyYAML", "rich", "rosbags"],
    extras_require={
        "train": ["plotly"],
        "check": ["pillow", "playwright"],
        "test": ["hypothesis", "pytest", "pytest-timeout"],
    },
    python_requires=">=3.11",
    zip_safe=False,
    entry_points={
        "console_scripts": [
            "jump = ant_bringup.jump:main",
            "check_driver = ant_bringup.check_driver:main",
            "check_parity = ant_bringup.check_parity:main",
            "recorder = ant_bringup.recorder:main",
            "bag_report = ant_bringup.bag_report:main",
            "fake_driver = ant_bringup.fake_driver:main",
            "markers = ant_bringup.markers:main",
            "odom_to_tf = ant_bringup.odom_to_tf:main",
            "web = ant_bringup.web.__main__:main",
        ]
    },
)
