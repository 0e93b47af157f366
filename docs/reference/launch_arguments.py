"""The arguments of jump.launch.py, read from its source: `launch` is not among the wheels."""

import ast
from collections.abc import Iterator
from pathlib import Path

LAUNCH_FILE = Path(__file__).parents[2] / "ros2_ws" / "src" / "ant_bringup" / "launch" / "jump.launch.py"


def _value(node: ast.expr) -> str:
    """A literal's value; of anything else, its source."""
    return str(ast.literal_eval(node)) if isinstance(node, ast.Constant) else ast.unparse(node)


def launch_arguments(path: Path = LAUNCH_FILE) -> Iterator[tuple[str, str, list[str], str]]:
    """Name, default, choices and description of each DeclareLaunchArgument."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "DeclareLaunchArgument":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            choices = given.get("choices", ast.List([]))
            if isinstance(choices, ast.Name):
                choices = constants[choices.id]
            yield (
                ast.literal_eval(node.args[0]),
                _value(given["default_value"]),
                ast.literal_eval(choices),
                ast.literal_eval(given["description"]),
            )
