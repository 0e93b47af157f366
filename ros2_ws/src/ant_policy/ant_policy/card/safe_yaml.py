"""YAML as plain data: no tags, no anchors or aliases, no repeated keys, a bounded size."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from ant_policy.card.archive import read_file
from ant_policy.errors import CardError

MAX_BYTES = 100_000
"""A card has 3 to 10 kB; PyYAML took 2.5 s for 95 kB."""
MAX_DEPTH = 20
REFUSED: dict[type[yaml.Token], str] = {
    yaml.AnchorToken: "an anchor",
    yaml.AliasToken: "an alias",
    yaml.TagToken: "a tag",
    yaml.DirectiveToken: "a directive",
}
OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


class _Loader(yaml.SafeLoader):
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
        _check_tokens(text)
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


def _check_tokens(text: str) -> None:
    depth = 0
    for token in yaml.scan(text):
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        found = REFUSED.get(type(token))
        if depth > MAX_DEPTH:
            found = f"more than {MAX_DEPTH} brackets"
        if found:
            raise yaml.YAMLError(f"{found} in line {token.start_mark.line + 1}")


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} in line {error.problem_mark.line + 1}"
    return str(error)[:200] or type(error).__name__
