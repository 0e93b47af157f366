"""Numbers and ranges of named entries, such as joints, in a card."""

from collections.abc import Sequence

from ant_policy.card.fields import Field

Values = float | dict[str, float]
"""One number for all entries, or one by name."""
Ranges = dict[str, tuple[float, float]]
"""Least and greatest value by name."""

DEFAULT_POSE = "default_pose"


def read_names(field: Field, at_most: int = 1000) -> tuple[str, ...]:
    """Read names, each once."""
    items = field.items()
    if not 1 <= len(items) <= at_most:
        raise field.refused(f"1 to {at_most} names", f"{len(items)} entries")
    names = tuple(item.text() for item in items)
    for item, name in zip(items, names, strict=True):
        if names.count(name) > 1:
            raise item.refused("each name once", f"{name!r} repeatedly")
    return names


def read_values(field: Field, names: Sequence[str]) -> Values:
    """Read one number, or a number for each name."""
    if isinstance(field.value, dict):
        return {name: item.number() for name, item in field.mapping(names).items()}
    return field.number()


def read_numbers(field: Field, names: Sequence[str]) -> dict[str, float]:
    """Read numbers by name; one number stands for all."""
    values = read_values(field, names)
    return values if isinstance(values, dict) else dict.fromkeys(names, values)


def read_offset(field: Field, names: Sequence[str], default_pose: dict[str, float] | None) -> Values:
    """Read an offset; the text 'default_pose' stands for that of `joints.default_pose`."""
    if field.value != DEFAULT_POSE:
        return read_values(field, names)
    if default_pose is None:
        raise field.refused("numbers, as joints.default_pose is not there")
    return {name: default_pose[name] for name in names}


def read_ranges(field: Field, names: Sequence[str]) -> Ranges:
    """Read [least, greatest] for some of the names; one pair stands for all."""
    if isinstance(field.value, dict):
        return {name: read_range(item) for name, item in field.mapping((), names).items() if item.value is not None}
    return dict.fromkeys(names, read_range(field))


def read_range(field: Field) -> tuple[float, float]:
    """Read [least, greatest]."""
    low, high = field.numbers(2)
    if low > high:
        raise field.refused("[least, greatest]")
    return low, high
