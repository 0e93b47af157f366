"""What a policy, its card or its file can be refused with."""


class PolicyError(ValueError):
    """A policy that cannot be used; its message is always one line."""

    def __init__(self, message: str) -> None:
        """Keep the message on one line, whatever a file's text put into it.

        Args:
            message: the offender, what was expected and what was found.
        """
        super().__init__(" ".join(message.split()))


class CardError(PolicyError):
    """A card that breaks the contract, or that contradicts its policy file."""


class PolicyFileError(PolicyError):
    """A policy file that is missing, damaged, too large or not of a kind that is read."""
