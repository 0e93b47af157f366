"""Python modules as processes that do not outlive the one that started them, even if that is killed."""

import os
import shutil
import sys
from pathlib import Path


def command_line(module: str, *arguments: str) -> list[str]:
    """Command line of a module that gets SIGTERM when the thread that starts it has ended, however that was.

    By `setpriv --pdeathsig` of util-linux (prctl's PR_SET_PDEATHSIG); without it, it outlives a parent that is killed.
    It does not start at all if this process is gone before that is set. To be called by the process that starts it.

    Args:
        module: its name, as for `python -m`.
        *arguments: of the module.
    """
    setpriv = shutil.which("setpriv")
    only_for_parent = ["sh", "-c", 'test "$PPID" = "$0" && exec "$@"', str(os.getpid())]
    prefix = [setpriv, "--pdeathsig", "TERM", *only_for_parent] if setpriv else []
    return [*prefix, sys.executable, "-m", module, *arguments]


def this_machine() -> dict[str, str]:
    """Environment variables that keep a child's DDS on this machine, whatever the shell lets in.

    Where env.sh does so by its profile of Fast DDS, that stays: with LOCALHOST shared memory would come back.
    """
    by_profile = Path(os.environ.get("FASTRTPS_DEFAULT_PROFILES_FILE", "")).name == "dds_this_machine.xml"
    return {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT" if by_profile else "LOCALHOST"}
