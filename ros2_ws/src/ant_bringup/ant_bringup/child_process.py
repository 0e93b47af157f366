"""Python modules as processes that do not outlive the one that started them, even if that is killed."""

import shutil
import sys


def command_line(module: str, *arguments: str) -> list[str]:
    """Command line of a module that gets SIGTERM when the thread that starts it has ended, however that was.

    By `setpriv --pdeathsig` of util-linux (prctl's PR_SET_PDEATHSIG); without it, it outlives a parent that is killed.

    Args:
        module: its name, as for `python -m`.
        *arguments: of the module.
    """
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "TERM"] if setpriv else []
    return [*prefix, sys.executable, "-m", module, *arguments]
