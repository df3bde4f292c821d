"""Buckets of S3 as folders: `s3://name/a/b.json` is the file name/a/b.json under the folder that the settings allow.

Nothing else can be reached. A key is taken apart at its slashes, and each part must be a name; the way down is walked
from folder to folder by their descriptors, and no symbolic link is followed on it, whoever has put it there. What is
not a regular file, or has a name that begins with a dot, is no object.

An object is written under another name and renamed when it is whole, so that no half of one is ever seen.
"""

import errno
import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from microdax.model import limits
from microdax.model.errors import ValidationException

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
_OLD_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not hold us up

# What an OSError's number is where permissions, or a symbolic link on the way, bar an object.
DENIED: Final = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOTDIR)


class NoSuchBucket(Exception):
    """There is no folder for the bucket."""


class TooManyObjects(Exception):
    """More objects have the prefix than an import takes."""


class Buckets:
    """The buckets under one folder, or none."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def check(self, bucket: str, prefix: str) -> None:
        """Refuse a bucket and a prefix of keys that lead elsewhere, and any where no folder is allowed."""
        if self._root is None:
            raise ValidationException(
                "Exports and imports need a folder that buckets are in: the setting bucket_folder (--bucket-folder DIR)"
            )
        _name(bucket)
        _way(prefix)

    @contextmanager
    def new_object(self, bucket: str, key: str) -> Generator[BinaryIO, None, None]:
        """A file to write the object to, which is there when the block ends well. Makes the folders on its way."""
        *folders, name = _parts(key)
        part = f".{name}.part"
        with self._folder(bucket, folders, make=True) as folder:
            try:
                with os.fdopen(os.open(part, _NEW_FILE, 0o644, dir_fd=folder), "wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(part, dir_fd=folder)
                raise

    @contextmanager
    def object(self, bucket: str, key: str) -> Generator[BinaryIO, None, None]:
        """The object's file; raises OSError where there is none."""
        *folders, name = _parts(key)
        with (
            self._folder(bucket, folders) as folder,
            os.fdopen(os.open(name, _OLD_FILE, dir_fd=folder), "rb") as file,
        ):
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileNotFoundError(f"{key} is not a file")
            yield file

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """The keys of all objects that begin so, in order; raises NoSuchBucket or TooManyObjects."""
        way, slash, beginning = prefix.rpartition("/")
        try:
            with self._folder(bucket, _way(prefix)) as folder:
                keys = sorted(islice(_keys(folder, way + slash, beginning), limits.IMPORT_FILES_MAX + 1))
        except FileNotFoundError:
            return []
        if len(keys) > limits.IMPORT_FILES_MAX:
            raise TooManyObjects
        return keys

    @contextmanager
    def _folder(self, bucket: str, folders: list[str], make: bool = False) -> Generator[int, None, None]:
        """The descriptor of a folder in a bucket."""
        folder = self._open_bucket(bucket, make)
        try:
            for name in folders:
                inner = _open_folder(folder, name, make)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)

    def _open_bucket(self, name: str, make: bool) -> int:
        assert self._root is not None, "`check` comes first"
        if make:
            self._root.mkdir(parents=True, exist_ok=True)
        try:
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)  # the setting itself may be a link
        except FileNotFoundError:
            raise NoSuchBucket from None
        try:
            return _open_folder(root, _name(name), make)
        except FileNotFoundError:
            raise NoSuchBucket from None
        finally:
            os.close(root)


def _open_folder(parent: int, name: str, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=parent)
    return os.open(name, _FOLDER, dir_fd=parent)


def _keys(folder: int, way: str, beginning: str) -> Iterator[str]:
    """The keys in a folder whose last part begins so, and all that are in its folders that do."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(beginning) or entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                inner = _open_folder(folder, entry.name, make=False)
                try:
                    yield from _keys(inner, f"{way}{entry.name}/", "")
                finally:
                    os.close(inner)
            elif entry.is_file(follow_symlinks=False):
                yield way + entry.name


def _way(prefix: str) -> list[str]:
    """The folders that the keys with a prefix are in."""
    way, slash, _ = prefix.rpartition("/")
    return _parts(way) if slash else []


def _parts(key: str) -> list[str]:
    return list(map(_name, key.split("/")))


def _name(part: str) -> str:
    """A part of a key, which must be a name, and not one that leads elsewhere."""
    if part in ("", ".", "..") or "/" in part or "\0" in part:
        raise ValidationException(f"A key or prefix in a bucket cannot have the part '{part}'")
    return part
