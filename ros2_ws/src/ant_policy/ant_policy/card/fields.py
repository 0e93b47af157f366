"""Checked reading of plain data from untrusted files.

Not pydantic's, which adds 10 MB and 0.2 s of import to a robot, refuses a list where a tuple is declared in strict mode
and accepts NaN and objects in `dict[str, Any]`; nor those of cattrs, which converts '0.05', true and NaN silently.
"""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Callable, Collection
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Annotated, TypeVar, get_origin, get_type_hints

from ant_policy.errors import CardError, PolicyError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)

T = TypeVar("T")

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


@dataclass(frozen=True)
class Field:
    """A value read from a file, and its place there.

    Each method that reads returns the value in the type asked for; nothing is converted but whole numbers to float.
    It raises `error`, which names file, field, what was expected and what was found.

    Attributes:
        value: plain data.
        path: dotted path of the field in the file; empty for the whole file.
        file: name of the file.
        error: class of the errors raised.
    """

    value: object
    path: str
    file: str
    error: type[PolicyError] = CardError

    def refused(self, expected: str, found: str | None = None) -> PolicyError:
        """Make an error, to be raised by the caller; `found` is the value by default."""
        place = f"field '{self.path}'" if self.path else "the whole file"
        return self.error(f"{self.file}: {place}: expected {expected}, found {found or _shown(self.value)}")

    def mapping(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Field]:
        """Read a mapping with known keys; an optional key that is absent reads as null."""
        known = [*required, *optional]
        value = self._dict()
        for key in value:
            if key not in known:
                name = (key if isinstance(key, str) else _shown(key))[:80]
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
                nearest = f"'{near[0]}' (nearest) or " if near else ""
                raise self._child(name, None).refused(f"{nearest}one of {', '.join(known)}", "an unknown key")
        for key in required:
            if key not in value:
                raise self._child(key, None).refused("a value", "nothing")
        return {key: self._child(key, value.get(key)) for key in known}

    def record(self, kind: type[Record], others: Collection[str] = (), **readers: Callable[[Field], object]) -> Record:
        """Read a mapping as a dataclass.

        Args:
            kind: the dataclass; a field with a default may be absent or null. A field of type `Annotated[T, read]` is
                read by `read`, such as `methodcaller("number", 0.0)`.
            others: keys that are there besides the fields.
            readers: readers of its other fields, by name.
        """
        required = [part.name for part in fields(kind) if part.default is part.default_factory is MISSING]
        optional = [part.name for part in fields(kind) if part.name not in required]
        entries = self.mapping([*others, *required], optional)
        given = [*required, *(name for name in optional if entries[name].value is not None)]
        hints = get_type_hints(kind, include_extras=True)
        readers |= {name: hint.__metadata__[0] for name, hint in hints.items() if get_origin(hint) is Annotated}
        return kind(**{name: readers[name](entries[name]) for name in given})

    def free_mapping(self) -> dict[str, object]:
        """Read a mapping with any keys of plain data: null, bool, finite number, text, list, mapping."""
        value = self._dict()
        for key, item in value.items():
            if not isinstance(key, str):
                raise self.refused("keys that are text", f"the key {_shown(key)}")
            self._child(key, item)._check_plain()
        return value

    def items(self, length: int | None = None) -> list[Field]:
        """Read a list, of that length if one is given."""
        if not isinstance(self.value, list):
            raise self.refused("a list")
        if length is not None and len(self.value) != length:
            raise self.refused(f"{length} entries", f"{len(self.value)} entries")
        return [self._child(str(index), item) for index, item in enumerate(self.value)]

    def numbers(self, length: int, low: float = -math.inf, high: float = math.inf) -> tuple[float, ...]:
        """Read a list of finite numbers; see `number`."""
        return tuple(item.number(low, high) for item in self.items(length))

    def text(self) -> str:
        """Read a text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.refused("text")
        return self.value

    def choice(self, *valid: str) -> str:
        """Read one of a few names."""
        if not isinstance(self.value, str) or self.value not in valid:
            raise self.refused(" or ".join(f"'{name}'" for name in valid))
        return self.value

    def file_name(self) -> str:
        """Read a plain file name, which cannot lead to another folder."""
        name = self.text()
        if ".." in name or name == "." or any(mark in name for mark in "/\\\0\r\n"):
            raise self.refused("a plain file name without folders")
        return name

    def number(self, low: float = -math.inf, high: float = math.inf) -> float:
        """Read a finite number within inclusive limits."""
        try:
            if isinstance(self.value, int | float) and not isinstance(self.value, bool):
                number = float(self.value)
                if math.isfinite(number) and low <= number <= high:
                    return number
        except OverflowError:
            pass
        bounded = math.isfinite(low) or math.isfinite(high)
        raise self.refused(f"a number from {low:g} to {high:g}" if bounded else "a finite number") from None

    def positive(self) -> float:
        """Read a finite number greater than zero."""
        number = self.number()
        if number <= 0.0:
            raise self.refused("a number greater than 0")
        return number

    def integer(self, low: int, high: int) -> int:
        """Read a whole number within inclusive limits."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.refused("a whole number")
        if not low <= self.value <= high:
            raise self.refused(f"a whole number from {low} to {high}")
        return self.value

    def optional(self, read: Callable[[Field], T]) -> T | None:
        """Read a value that may be null."""
        return None if self.value is None else read(self)

    def at(self, *names: str) -> Field:
        """Go down into nested mappings; the value is None where there is nothing."""
        field = self
        for name in names:
            field = field._child(name, field._dict().get(name))
        return field

    def _dict(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.refused("a mapping")
        return self.value

    def _check_plain(self) -> None:
        if isinstance(self.value, dict):
            self.free_mapping()
        elif isinstance(self.value, list):
            for item in self.items():
                item._check_plain()
        elif isinstance(self.value, float):
            self.number()
        elif self.value is not None and not isinstance(self.value, str | int):
            raise self.refused("plain data")

    def _child(self, name: str, value: object) -> Field:
        path = f"{self.path}.{name}" if self.path else name
        return Field(value, path, self.file, self.error)


def _shown(value: object) -> str:
    """One short line for a value of any size."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits.
        return f"an oversized {type(value).__name__}"
