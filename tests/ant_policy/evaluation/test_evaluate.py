import json
import os
import subprocess
import sys

import pytest

from ant_policy.evaluate import main

pytestmark = pytest.mark.usefixtures("short_episodes")


def test_table_and_json_have_the_numbers(sac_zip, tmp_path, capsys):
    assert main([str(sac_zip), "--episodes", "2", "--seed", "5", "--json", str(tmp_path / "out.json")]) == 0
    numbers = json.loads((tmp_path / "out.json").read_text())
    assert (numbers["episodes"], numbers["seed"], numbers["deterministic"]) == (2, 5, True)
    assert len(numbers["per_episode"]["returns"]) == 2
    assert numbers["mean"] == pytest.approx(sum(numbers["per_episode"]["returns"]) / 2)
    output = capsys.readouterr().out
    assert "steps/s" in output
    assert f"{numbers['min']:,.1f}" in output


def test_stochastic_policy_differs(sac_zip, tmp_path):
    for name, extra in (("a", []), ("b", ["--stochastic"])):
        assert main([str(sac_zip), "--episodes", "1", "--json", str(tmp_path / name), *extra]) == 0
    first, second = (json.loads((tmp_path / name).read_text()) for name in "ab")
    assert first["mean"] != second["mean"]


def test_output_without_utf_8_has_question_marks():
    ascii_only = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "ant_policy.evaluate", "zero", "--episodes", "1"]
    run = subprocess.run(command, env=ascii_only, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert " ? 0.0" in run.stdout


def test_bad_policy_gives_one_line_and_exit_code_2(sac_zip, tmp_path, capsys):
    (tmp_path / "short.zip").write_bytes(sac_zip.read_bytes()[:5000])
    for policy in ("no_such_policy", str(tmp_path / "short.zip"), str(tmp_path)):
        assert main([policy]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("error: ")
        assert captured.err.count("\n") == 1


def test_json_into_a_folder_that_is_not_there_is_refused_before_the_work(tmp_path, capsys):
    assert main(["zero", "--json", str(tmp_path / "none" / "out.json")]) == 2
    assert "error: --json: expected an existing folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["zero", "--episodes", "0"], ["zero", "--seed", "-1"], ["zero", "--seed", "x"], ["zero", "--seconds", "0"], []],
)
def test_bad_arguments_give_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_several_policies_are_compared_in_one_table(capsys):
    assert main(["zero", "random", "--episodes", "1"]) == 0
    output = capsys.readouterr().out
    assert len([line for line in output.splitlines() if line.startswith(("│ zero", "│ random"))]) == 2


@pytest.mark.parametrize("option", ["json", "plot", "video", "picture"])
@pytest.mark.parametrize("several", [["random"], ["--robustness"]])
def test_file_about_one_policy_is_refused_for_a_comparison(option, several, tmp_path, capsys):
    suffix = {"video": ".gif"}.get(option, ".png")
    assert main(["zero", *several, f"--{option}", str(tmp_path / f"a{suffix}")]) == 2
    assert f"--{option}: expected one policy and neither --robustness nor --curves" in capsys.readouterr().err


def test_module_runs_as_a_command():
    command = [sys.executable, "-m", "ant_policy.evaluate", "no_such_policy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: policy 'no_such_policy' is unknown")
    assert "Traceback" not in done.stderr
