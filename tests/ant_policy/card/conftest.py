"""Files of other tools."""

import pytest
from card_makers import save_onnx
from deploy_files import N_IN, deploy

from ant_policy.card.safe_yaml import dump_yaml


@pytest.fixture
def write_deploy(tmp_path):
    """Write a deploy.yaml, changed by a function, and its ONNX beside it."""

    def write(change=None, n_in=N_IN, replaced=("", "")):
        data = deploy()
        if change is not None:
            change(data)
        path = tmp_path / "robot" / "params" / "deploy.yaml"
        save_onnx(tmp_path / "robot" / "exported" / "policy.onnx", n_in, 4)
        path.parent.mkdir(exist_ok=True)
        path.write_text(dump_yaml(data).replace(*replaced, 1))
        return path

    return write
