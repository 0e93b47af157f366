import pytest

from ant_policy.control.config import PolicyConfig
from ant_ros.arguments import check_arguments


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str], config: type | None = PolicyConfig) -> str:
    with pytest.raises(SystemExit) as ended:
        check_arguments("policy_node", "A node.", config, arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_help_lists_every_parameter_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check_arguments("policy_node", "A node.", PolicyConfig, ["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "A node." in text
    assert "policy ('sac')" in text
    assert "state_timeout (0.2)" in text


@pytest.mark.parametrize(
    "arguments",
    [[], ["--ros-args", "-p", "policy:=dqn", "-r", "__node:=x"], ["--ros-args", "-r", "odom:=/a/odom", "--"]],
)
def test_ros_arguments_are_taken(arguments: list[str]) -> None:
    check_arguments("policy_node", "A node.", PolicyConfig, arguments)


@pytest.mark.parametrize("arguments", [["--policy", "dqn"], ["--policy=dqn"], ["policy:=dqn"], ["policy=dqn"]])
def test_parameter_as_an_option_is_refused_with_the_ros_way(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "give the parameter as --ros-args -p policy:=dqn" in refusal(arguments, capsys)


def test_other_words_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "unknown argument 'sac'; parameters: policy, " in refusal(["sac"], capsys)
    assert "give a remapping as --ros-args -r odom:=/a/odom" in refusal(["odom:=/a/odom"], capsys)
    assert "unknown argument 'sac'; it takes none" in refusal(["sac"], capsys, config=None)


def test_argument_that_python_could_not_decode_is_refused_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    """As without UTF-8: PYTHONUTF8=0 and LC_ALL=C."""
    arguments = ["--ros-args", "-p", "policy:=p\udcc3\udcb3l"]
    assert refusal(arguments, capsys).endswith(
        r"'policy:=p\udcc3\udcb3l' cannot be read; expected UTF-8, which PYTHONUTF8=1 switches on"
    )
