"""Errors that refuse a policy, its card or its file."""


class PolicyError(ValueError):
    """Policy that cannot be used; the message is always one line."""

    def __init__(self, message: str) -> None:
        """Join the lines of a message, which may quote a file."""
        super().__init__(" ".join(message.split()))


class CardError(PolicyError):
    """Card that is invalid or contradicts its policy file."""


class PolicyFileError(PolicyError):
    """Policy file that is missing, damaged, too large or of an unknown format."""
