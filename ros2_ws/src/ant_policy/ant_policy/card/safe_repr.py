"""What a stranger's value is shown as in an error: one short line, however large it is."""

import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def safe_repr(value: object) -> str:
    """Python's notation of plain data, shortened in the middle."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits.
        return f"an oversized {type(value).__name__}"
