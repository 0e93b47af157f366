"""Child processes that do not outlive their parent, even if it is killed."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any


def command_line(module: str, *arguments: str) -> list[str]:
    """Command line of a Python module that receives SIGTERM when the thread that starts it ends.

    It uses `setpriv --pdeathsig` of util-linux (prctl's PR_SET_PDEATHSIG); without setpriv a child outlives a parent
    that is killed. The child does not start if the calling process, its parent, has ended before.
    """
    setpriv = shutil.which("setpriv")
    only_for_parent = ["sh", "-c", 'test "$PPID" = "$0" && exec "$@"', str(os.getpid())]
    prefix = [setpriv, "--pdeathsig", "TERM", *only_for_parent] if setpriv else []
    return [*prefix, sys.executable, "-m", module, *arguments]


def interrupt(process: "subprocess.Popen[Any]", timeout: float) -> bool:
    """Send SIGINT and wait; returns False if the process had to be killed after the timeout [s]."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def this_machine() -> dict[str, str]:
    """Environment variables that restrict a child's DDS to this machine.

    The Fast DDS profile of env.sh is kept where it is set: LOCALHOST would enable shared memory again.
    """
    by_profile = Path(os.environ.get("FASTRTPS_DEFAULT_PROFILES_FILE", "")).name == "dds_this_machine.xml"
    return {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT" if by_profile else "LOCALHOST"}
