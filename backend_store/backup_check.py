"""Whether backups are whole: each row of one that has a record, sound, and as many as the record says."""

from collections.abc import Iterator

from backend_store.backups import KIND, Backup
from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Reader
from backend_store.ledger import following_in, records_in
from microdax.model.keys import key_of_item
from microdax.model.tables import TableSize
from microdax.model.values import item_bytes


def backup_faults(reader: Reader) -> Iterator[str]:
    """Describe each fault of the backups, in a sentence."""
    try:
        backups = {backup.number: backup for backup in records_in(reader, KIND)}
        following = following_in(reader, KIND.name)
    except (CorruptRecord, KeyError, ValueError) as error:
        yield f"the records of backups cannot be read, so no backup was checked: {error}"
        return
    for backup in backups.values():
        if backup.number >= following:
            yield f"backup {backup.arn} has number {backup.number}, which is still to be given"
        yield from _backup_faults(reader, backup)
    yield from _stray_faults(reader, backups)


def _backup_faults(reader: Reader, backup: Backup) -> Iterator[str]:
    counted = TableSize()
    span = keyspace.backup_range(backup.number)
    for key, value in reader.scan(span.first, span.end):
        try:
            image = Image.of_value(value)
        except CorruptRecord:
            continue  # the engine's verification has said so
        counted = TableSize(counted.items + 1, counted.size_bytes + image.size_bytes)
        for fault in _row_faults(backup, key, image):
            yield f"backup {backup.arn}: the row at {key.hex()} {fault}"
    # Of one that is being copied or taken away, any part may be there.
    if backup.status == "AVAILABLE" and counted != backup.size:
        yield (
            f"backup {backup.arn} is said to hold {backup.size.items} items of {backup.size.size_bytes} bytes; "
            f"it holds {counted.items} of {counted.size_bytes}"
        )


def _row_faults(backup: Backup, key: bytes, image: Image) -> Iterator[str]:
    try:
        found = key_of_item(backup.table.key_schema, image.item)
        size_bytes = item_bytes(image.item)
    except Exception as error:  # decoding trusts its input, so whatever is wrong can raise anything
        yield f"does not hold an item of its table: {error!r}"
        return
    hash_key, range_key = backup.table.key_schema.hash, backup.table.key_schema.range
    row_key = keyspace.row_key(0, found[hash_key.name], None if range_key is None else found[range_key.name])
    if keyspace.backup_key(backup.number, row_key) != key:
        yield "holds the item of another place"
    if size_bytes != image.size_bytes:
        yield f"says its item has {image.size_bytes} bytes; it has {size_bytes}"


def _stray_faults(reader: Reader, backups: dict[int, Backup]) -> Iterator[str]:
    span = keyspace.backups_range()
    while (pair := next(reader.scan(span.first, span.end), None)) is not None:
        number = keyspace.backup_number(pair[0])
        if number not in backups:
            yield f"{pair[0].hex()} belongs to no backup"
        span = keyspace.KeyRange(keyspace.backup_range(number).end, span.end)
