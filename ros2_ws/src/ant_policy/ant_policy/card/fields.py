"""Checked reading of text from strangers: every value knows its place in its file."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from ant_policy.card.safe_repr import safe_repr
from ant_policy.errors import CardError, PolicyError

T = TypeVar("T")


@dataclass(frozen=True)
class Field:
    """A value read from a file, with the dotted path that names it in errors."""

    value: object
    path: str
    file: str
    error: type[PolicyError] = CardError

    def refused(self, expected: str, found: str | None = None) -> PolicyError:
        """Make the error that says that this value is not what it should be.

        Args:
            expected: what would have been accepted.
            found: what is there instead; the value itself by default.

        Returns:
            The error, to be raised by the caller.
        """
        place = f"field '{self.path}'" if self.path else "the whole file"
        found = found or safe_repr(self.value)
        return self.error(f"{self.file}: {place}: expected {expected}, found {found}")

    def mapping(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Field]:
        """Read a mapping with known keys.

        Args:
            required: keys that must be there.
            optional: keys that may be left out; they then read as null.

        Returns:
            A field for each required and optional key.

        Raises:
            PolicyError: not a mapping, an unknown key, or a required key is missing.
        """
        known = [*required, *optional]
        value = self._dict()
        for key in value:
            if key not in known:
                name = key if isinstance(key, str) else safe_repr(key)
                near = difflib.get_close_matches(name[:80], known, n=1, cutoff=0.0)
                nearest = f"'{near[0]}' (nearest) or " if near else ""
                raise self._child(name[:80], value[key]).refused(
                    f"{nearest}one of {', '.join(known)}", "an unknown key"
                )
        for key in required:
            if key not in value:
                raise self._child(key, None).refused("a value", "nothing")
        return {key: self._child(key, value.get(key)) for key in known}

    def free_mapping(self) -> dict[str, object]:
        """Read a mapping of plain data (null, bool, number, text, list, mapping) with any keys.

        Returns:
            The mapping.

        Raises:
            PolicyError: something in it is not plain data, or is not finite.
        """
        value = self._dict()
        for key, item in value.items():
            if not isinstance(key, str):
                raise self.refused("keys that are text", f"the key {safe_repr(key)}")
            self._child(key, item)._plain()
        return value

    def items(self, length: int | None = None) -> list[Field]:
        """Read a list.

        Args:
            length: how many entries it must have; None for any number.

        Returns:
            A field for each entry.

        Raises:
            PolicyError: not a list, or of another length.
        """
        if not isinstance(self.value, list):
            raise self.refused("a list")
        if length is not None and len(self.value) != length:
            raise self.refused(f"{length} entries", f"{len(self.value)} entries")
        return [self._child(str(index), item) for index, item in enumerate(self.value)]

    def text(self) -> str:
        """Read a text that is not empty.

        Returns:
            The text.

        Raises:
            PolicyError: not text, or empty.
        """
        if not isinstance(self.value, str) or not self.value:
            raise self.refused("text")
        return self.value

    def choice(self, *valid: str) -> str:
        """Read one of a few names.

        Args:
            valid: the names that are accepted.

        Returns:
            The name.

        Raises:
            PolicyError: another value.
        """
        if not isinstance(self.value, str) or self.value not in valid:
            raise self.refused(" or ".join(f"'{name}'" for name in valid))
        return self.value

    def file_name(self) -> str:
        """Read the plain name of a file, which can point to no other folder.

        Returns:
            The name.

        Raises:
            PolicyError: not text, or with a folder in it.
        """
        name = self.text()
        if ".." in name or name == "." or any(mark in name for mark in "/\\\0\r\n"):
            raise self.refused("a plain file name without folders")
        return name

    def number(self, low: float = -math.inf, high: float = math.inf) -> float:
        """Read a finite number.

        Args:
            low: least value accepted.
            high: greatest value accepted.

        Returns:
            The number.

        Raises:
            PolicyError: not a number, not finite, or out of the range.
        """
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
        """Read a finite number greater than zero.

        Returns:
            The number.

        Raises:
            PolicyError: not a number, not finite, or not greater than zero.
        """
        number = self.number()
        if number <= 0.0:
            raise self.refused("a number greater than 0")
        return number

    def integer(self, low: int, high: int) -> int:
        """Read a whole number.

        Args:
            low: least value accepted.
            high: greatest value accepted.

        Returns:
            The number.

        Raises:
            PolicyError: not a whole number, or out of the range.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.refused("a whole number")
        if not low <= self.value <= high:
            raise self.refused(f"a whole number from {low} to {high}")
        return self.value

    def optional(self, read: Callable[[Field], T]) -> T | None:
        """Read a value that may be null.

        Args:
            read: reads the value when there is one.

        Returns:
            What `read` returned, or None.
        """
        return None if self.value is None else read(self)

    def at(self, *names: str) -> Field:
        """Go down into nested mappings.

        Args:
            names: the keys on the way.

        Returns:
            The field there; its value is None where there is none.
        """
        field = self
        for name in names:
            field = field._child(name, field._dict().get(name))
        return field

    def _dict(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.refused("a mapping")
        return self.value

    def _plain(self) -> None:
        if isinstance(self.value, dict):
            self.free_mapping()
        elif isinstance(self.value, list):
            for item in self.items():
                item._plain()
        elif isinstance(self.value, float):
            self.number()
        elif self.value is not None and not isinstance(self.value, str | int):
            raise self.refused("plain data")

    def _child(self, name: str, value: object) -> Field:
        path = f"{self.path}.{name}" if self.path else name
        return Field(value, path, self.file, self.error)
