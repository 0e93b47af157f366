"""Package of the policies."""

from setuptools import find_packages, setup

NAME = "ant_policy"

setup(
    name=NAME,
    version="0.1.0",
    description="Runs policies (Stable-Baselines3, ONNX, npz) as a ROS 2 lifecycle node; trains and evaluates them",
    license="Apache-2.0",
    packages=find_packages(include=["ant_*"]),
    package_data={NAME: ["assets/policies/*/*", "training/presets/*.yaml"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
    ],
    install_requires=["numpy", "PyYAML"],
    extras_require={
        "onnx": ["onnxruntime"],
        "train": [
            *("ant_sim", "evotorch", "gymnasium", "imageio", "imageio-ffmpeg", "matplotlib", "mujoco", "onnx"),
            *("onnxscript", "onnxruntime", "pillow", "ray", "rich", "stable-baselines3", "tensorboard", "torch"),
        ],
        "test": ["ant_sim", "hypothesis", "pytest", "pytest-timeout"],
    },
    python_requires=">=3.11",
    zip_safe=False,
    entry_points={
        "console_scripts": [
            "policy_node = ant_policy.policy_node:main",
            "card = ant_policy.card.__main__:main",
            "evaluate = ant_policy.evaluate:main",
            "export = ant_policy.export:main",
            "train = ant_policy.train:main",
        ]
    },
)
