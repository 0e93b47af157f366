"""YAML as plain data: no tags, no anchors or aliases, no repeated keys, a bounded size."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ant_policy.card.archive import read_file
from ant_policy.errors import CardError

MAX_BYTES = 100_000
"""A card has 3 to 10 kB; PyYAML took 2.5 s for 95 kB."""
MAX_DEPTH = 20


def _refusing(what: str) -> Callable[[yaml.SafeLoader], None]:
    def fetch(loader: yaml.SafeLoader) -> None:
        raise yaml.YAMLError(f"{what} in line {loader.line + 1}")

    return fetch


class _Loader(yaml.SafeLoader):
    fetch_anchor, fetch_alias = _refusing("an anchor"), _refusing("an alias")
    fetch_tag, fetch_directive = _refusing("a tag"), _refusing("a directive")

    def fetch_flow_collection_start(self, token: type[yaml.Token]) -> None:
        if self.flow_level == MAX_DEPTH:
            _refusing(f"more than {MAX_DEPTH} brackets")(self)
        super().fetch_flow_collection_start(token)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, count in keys.most_common(1):
            if count > 1:
                problem = f"the key '{key[:80]}' is repeated"
                raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def load_yaml(path: Path, text: str | None = None) -> object:
    """Read YAML as plain data.

    Args:
        path: the file.
        text: content to read instead of the file's.

    Raises:
        CardError: the file cannot be read, is too large, or is not plain YAML.
    """
    try:
        if text is None:
            text = read_file(path, MAX_BYTES, CardError).decode("utf-8")
        return yaml.load(text, _Loader)
    except CardError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise CardError(f"{path}: expected plain YAML, found: {_reason(error)}") from error


def dump_yaml(data: object) -> str:
    """Write plain data as YAML, keys in their order.

    Raises:
        CardError: something in it is not plain data.
    """
    try:
        return yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=100)
    except yaml.representer.RepresenterError as error:
        kind = type(error.args[-1]).__name__
        raise CardError(f"card: expected plain data, found a value of type {kind}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} in line {error.problem_mark.line + 1}"
    return str(error)[:200] or type(error).__name__
