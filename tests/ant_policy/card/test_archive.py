import time
import tracemalloc
import zipfile

import pytest

from ant_policy.card.archive import MAX_BYTES, open_archive, read_file, read_member
from ant_policy.errors import PolicyFileError
from ant_policy.policies.formats.npz_file import load_npz
from ant_policy.policies.formats.sb3_file import load_sb3


def written(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_member_is_read_whole(tmp_path):
    content = written(tmp_path / "a.zip", [("data", b"abc"), ("empty", b"")]).read_bytes()
    with open_archive(content, "a.zip") as archive:
        assert read_member(archive, "data", "a.zip") == b"abc"
        assert read_member(archive, "empty", "a.zip") == b""


@pytest.fixture
def peak_memory():
    """Call it for the most memory [bytes] that Python held since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def bomb(path, members):
    written(path, [(name, bytes(MAX_BYTES)) for name in members])
    tracemalloc.reset_peak()
    return path


@pytest.mark.parametrize("load", [load_sb3, lambda path: load_npz(path, 27, [8])], ids=["sb3", "npz"])
def test_zip_bomb_is_refused_quickly(tmp_path, load, peak_memory):
    path = bomb(tmp_path / "bomb.zip", ["data", "policy.pth"])
    start = time.perf_counter()
    with pytest.raises(PolicyFileError, match=f"at most {MAX_BYTES} bytes uncompressed, found {2 * MAX_BYTES}"):
        load(path)
    assert time.perf_counter() - start < 1.0
    assert peak_memory() < 10_000_000


def test_bomb_whose_header_understates_its_size_is_refused(tmp_path, peak_memory):
    content = bomb(tmp_path / "bomb.zip", ["data"]).read_bytes()
    content = content.replace(MAX_BYTES.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    with open_archive(content, "bomb.zip") as archive, pytest.raises(PolicyFileError, match="'data' is damaged"):
        read_member(archive, "data", "bomb.zip")
    assert peak_memory() < 10_000_000


def test_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 100)
    with pytest.raises(PolicyFileError, match=f"expected at most {MAX_BYTES} bytes"):
        read_file(path)


def test_too_many_members_are_refused(tmp_path):
    content = written(tmp_path / "a.zip", [(str(i), b"") for i in range(65)]).read_bytes()
    with pytest.raises(PolicyFileError, match="at most 64 members, found 65"):
        open_archive(content, "a.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_repeated_member_is_refused(tmp_path):
    content = written(tmp_path / "a.zip", [("data", b"1"), ("data", b"2")]).read_bytes()
    with pytest.raises(PolicyFileError, match="each member once"):
        open_archive(content, "a.zip")


def test_unusual_compression_is_refused(tmp_path):
    content = written(tmp_path / "a.zip", [("data", b"1")], zipfile.ZIP_LZMA).read_bytes()
    with pytest.raises(PolicyFileError, match="'data': expected it stored or deflated"):
        open_archive(content, "a.zip")


def test_member_that_names_another_folder_writes_nothing(tmp_path):
    content = written(tmp_path / "a.zip", [("../evil", b"1")]).read_bytes()
    with open_archive(content, "a.zip") as archive:
        assert read_member(archive, "../evil", "a.zip") == b"1"
    assert not (tmp_path.parent / "evil").exists()


def test_archive_inside_a_truncated_one_is_not_taken_for_it(tmp_path):
    inner = written(tmp_path / "inner.zip", [("data", b"inner")]).read_bytes()
    outer = written(tmp_path / "outer.zip", [("inner", inner), ("z", bytes(9))], zipfile.ZIP_STORED).read_bytes()
    cut = outer[: outer.index(inner) + len(inner) + 30]
    with pytest.raises(PolicyFileError, match="expected a zip archive"):
        open_archive(cut, "outer.zip")
