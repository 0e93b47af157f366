"""Bounded reading of untrusted files and zip archives; members are read in memory, never unpacked."""

import os
import stat
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from ant_policy.errors import PolicyError, PolicyFileError

MAX_BYTES = 64 * 2**20
MAX_MEMBERS = 64
END_RECORD_BYTES = 22
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, RuntimeError, ValueError)
"""Exceptions of Python's zipfile for damaged archives, documented or observed."""


def read_file(path: Path, max_bytes: int = MAX_BYTES, kind: type[PolicyError] = PolicyFileError) -> bytes:
    """Read a small file whole.

    Args:
        path: the file.
        max_bytes: largest size accepted.
        kind: class of the error raised.

    Raises:
        PolicyError: it cannot be read, is not a regular file, or is too large.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise kind(f"{path}: expected a regular file")
        if status.st_size > max_bytes:
            raise kind(f"{path}: expected at most {max_bytes} bytes, found {status.st_size}")
        with path.open("rb") as file:
            return file.read(status.st_size)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise kind(f"{path}: cannot be read: {reason}") from error


def open_archive(content: bytes, name: str, max_members: int = MAX_MEMBERS) -> zipfile.ZipFile:
    """Open a zip archive in memory and check its directory.

    Args:
        content: the archive.
        name: its name in errors.
        max_members: largest number of members accepted.

    Raises:
        PolicyFileError: not a zip archive, or one with too many, too large, repeated, encrypted or
            unusually compressed members.
    """
    try:
        # Nothing may follow the end record: a truncated file can end within a member that is an archive itself, and
        # Python would read that one instead.
        if content[-END_RECORD_BYTES:][:4] != b"PK\x05\x06":
            raise zipfile.BadZipFile("no end record")
        archive = zipfile.ZipFile(BytesIO(content))
    except _DAMAGE as error:
        raise PolicyFileError(f"{name}: expected a zip archive, found no or half of one") from error
    members = archive.infolist()
    if len(members) > max_members:
        raise PolicyFileError(f"{name}: expected at most {max_members} members, found {len(members)}")
    size = sum(member.file_size for member in members)
    if size > MAX_BYTES:
        raise PolicyFileError(f"{name}: expected at most {MAX_BYTES} bytes uncompressed, found {size}")
    if len({member.filename for member in members}) < len(members):
        raise PolicyFileError(f"{name}: expected each member once, found one repeatedly")
    plain = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    for member in members:
        if member.flag_bits & 1 or member.compress_type not in plain:
            raise PolicyFileError(
                f"{name}: member {member.filename!r}: expected it stored or deflated, "
                "found another compression or encryption"
            )
    return archive


def read_member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """Read one member, at most the size in the directory, which `open_archive` checked.

    Args:
        archive: the archive.
        member: exact name of the member.
        name: name of the archive in errors.

    Raises:
        PolicyFileError: no such member, or a damaged one.
    """
    if member not in archive.namelist():
        raise PolicyFileError(f"{name}: expected a member {member!r}, found none")
    try:
        with archive.open(member) as file:
            return file.read(archive.getinfo(member).file_size)
    except _DAMAGE as error:
        raise PolicyFileError(f"{name}: member {member!r} is damaged") from error
