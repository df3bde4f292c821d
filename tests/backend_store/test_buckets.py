"""A bucket is a folder under the one that the settings allow, and nothing else can be reached."""

import os
from pathlib import Path

import pytest

from backend_store.buckets import Buckets, NoSuchBucket, TooManyObjects
from microdax.model import limits
from microdax.model.errors import ValidationException


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "buckets"


@pytest.fixture
def buckets(root: Path) -> Buckets:
    return Buckets(root)


def put(root: Path, *keys: str) -> None:
    for key in keys:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(key.encode())


def test_what_is_written_is_a_file_under_the_folder_and_can_be_read(root: Path, buckets: Buckets) -> None:
    with buckets.new_object("bucket", "a/b.json") as file:
        file.write(b"text")
    assert (root / "bucket" / "a" / "b.json").read_bytes() == b"text"
    with buckets.object("bucket", "a/b.json") as file:
        assert file.read() == b"text"


def test_an_object_takes_the_place_of_one_with_its_key(buckets: Buckets) -> None:
    for text in (b"long text", b"text"):
        with buckets.new_object("bucket", "a") as file:
            file.write(text)
    with buckets.object("bucket", "a") as file:
        assert file.read() == b"text"


def test_nothing_is_left_of_an_object_that_was_not_finished(root: Path, buckets: Buckets) -> None:
    with pytest.raises(ZeroDivisionError), buckets.new_object("bucket", "a") as file:
        file.write(b"half")
        assert buckets.keys("bucket", "") == []
        raise ZeroDivisionError
    assert list((root / "bucket").iterdir()) == []


def test_keys_are_found_by_how_they_begin(root: Path, buckets: Buckets) -> None:
    put(root, "bucket/2020/a", "bucket/2020/b/c", "bucket/2021", "bucket/2021-x/d", "bucket/other", "else/2020/e")
    assert buckets.keys("bucket", "") == ["2020/a", "2020/b/c", "2021", "2021-x/d", "other"]
    assert buckets.keys("bucket", "202") == ["2020/a", "2020/b/c", "2021", "2021-x/d"]
    assert buckets.keys("bucket", "2021") == ["2021", "2021-x/d"]
    assert buckets.keys("bucket", "2020/") == ["2020/a", "2020/b/c"]
    assert buckets.keys("bucket", "2020/b") == ["2020/b/c"]
    assert buckets.keys("bucket", "2022/") == []


def test_what_begins_with_a_dot_is_no_object(root: Path, buckets: Buckets) -> None:
    put(root, "bucket/.a.part", "bucket/.folder/a", "bucket/b")
    assert buckets.keys("bucket", "") == ["b"]


def test_there_are_only_so_many_objects(root: Path, buckets: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IMPORT_FILES_MAX", 2)
    put(root, "bucket/a", "bucket/b")
    assert len(buckets.keys("bucket", "")) == 2
    put(root, "bucket/c")
    with pytest.raises(TooManyObjects):
        buckets.keys("bucket", "")


def test_a_bucket_is_made_for_writing_only(root: Path, buckets: Buckets) -> None:
    with pytest.raises(NoSuchBucket):
        buckets.keys("bucket", "")
    root.mkdir()
    with pytest.raises(NoSuchBucket):
        buckets.keys("bucket", "")
    with buckets.new_object("bucket", "a"):
        pass
    assert buckets.keys("bucket", "") == ["a"]


def test_without_a_folder_every_key_is_refused_with_the_setting_s_name() -> None:
    with pytest.raises(ValidationException, match=r"bucket_folder \(--bucket-folder DIR\)"):
        Buckets(None).check("bucket", "")


@pytest.mark.parametrize("key", ["../a", "a/../b", "a/..", "/etc/passwd", "a//b", "a/", ".", "a/./b", "a\0b"])
def test_a_key_that_leads_elsewhere_is_refused(root: Path, buckets: Buckets, key: str) -> None:
    put(root, "bucket/a/b")
    with pytest.raises(ValidationException), buckets.object("bucket", key):
        pass
    with pytest.raises(ValidationException), buckets.new_object("bucket", key):
        pass


@pytest.mark.parametrize("bucket", ["..", ".", "", "a/b", "../buckets"])
def test_a_bucket_s_name_is_one_name(root: Path, buckets: Buckets, bucket: str) -> None:
    put(root, "a/b/c")
    with pytest.raises(ValidationException):
        buckets.check(bucket, "")
    with pytest.raises(ValidationException):
        buckets.keys(bucket, "")


@pytest.mark.parametrize("prefix", ["../", "../outside", "a/../../outside/", "/"])
def test_a_prefix_that_leads_elsewhere_is_refused(tmp_path: Path, root: Path, buckets: Buckets, prefix: str) -> None:
    put(root, "bucket/a/b")
    put(tmp_path, "outside/secret")
    with pytest.raises(ValidationException):
        buckets.check("bucket", prefix)
    with pytest.raises(ValidationException):
        buckets.keys("bucket", prefix)


def test_no_symbolic_link_is_followed_to_read(tmp_path: Path, root: Path, buckets: Buckets) -> None:
    put(tmp_path, "outside/secret")
    put(root, "bucket/a")
    (root / "bucket" / "folder").symlink_to(tmp_path / "outside")
    (root / "bucket" / "file").symlink_to(tmp_path / "outside" / "secret")
    (root / "linked").symlink_to(tmp_path / "outside")
    assert buckets.keys("bucket", "") == ["a"]
    for bucket, key in (("bucket", "folder/secret"), ("bucket", "file"), ("linked", "secret")):
        with pytest.raises(OSError), buckets.object(bucket, key):
            pass
    for bucket, prefix in (("bucket", "folder/"), ("linked", "")):
        with pytest.raises(OSError):
            buckets.keys(bucket, prefix)


def test_no_symbolic_link_is_followed_to_write(tmp_path: Path, root: Path, buckets: Buckets) -> None:
    put(tmp_path, "outside/secret")
    put(root, "bucket/a")
    (root / "bucket" / "folder").symlink_to(tmp_path / "outside")
    (root / "bucket" / "file").symlink_to(tmp_path / "outside" / "secret")
    (root / "bucket" / ".new.part").symlink_to(tmp_path / "outside" / "made")
    for key in ("folder/made", "new"):
        with pytest.raises(OSError), buckets.new_object("bucket", key) as file:
            file.write(b"overwritten")
    with buckets.new_object("bucket", "file") as file:
        file.write(b"in place of the link")
    assert (tmp_path / "outside" / "secret").read_bytes() == b"outside/secret"
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret"]
    assert not (root / "bucket" / "file").is_symlink()


def test_the_folder_of_the_settings_may_itself_be_a_link(tmp_path: Path, root: Path) -> None:
    put(root, "bucket/a")
    (tmp_path / "link").symlink_to(root)
    assert Buckets(tmp_path / "link").keys("bucket", "") == ["a"]


def test_a_pipe_is_no_object_and_holds_nobody_up(root: Path, buckets: Buckets) -> None:
    put(root, "bucket/a")
    os.mkfifo(root / "bucket" / "pipe")
    assert buckets.keys("bucket", "") == ["a"]
    with pytest.raises(FileNotFoundError), buckets.object("bucket", "pipe"):
        pass
