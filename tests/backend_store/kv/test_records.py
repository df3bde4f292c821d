import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_store.kv.engine import CorruptRecord
from backend_store.kv.records import Record, read_record, record_faults, write_record


@given(st.binary(max_size=50), st.integers(0, 2**32 - 1))
def test_a_record_reads_back(document: bytes, item_bytes: int) -> None:
    assert read_record(write_record(document, item_bytes)) == Record(document, item_bytes)


@given(st.binary(max_size=50), st.integers(0, 400 * 1024), st.data())
def test_any_changed_bit_is_noticed(document: bytes, item_bytes: int, data: st.DataObject) -> None:
    record = bytearray(write_record(document, item_bytes))
    bit = data.draw(st.integers(0, 8 * len(record) - 1))
    record[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(CorruptRecord):
        read_record(bytes(record))


@given(st.binary(min_size=1, max_size=50), st.data())
def test_a_record_cut_short_is_noticed(document: bytes, data: st.DataObject) -> None:
    record = write_record(document, len(document))
    with pytest.raises(CorruptRecord):
        read_record(record[: data.draw(st.integers(0, len(record) - 1))])


def test_a_record_of_another_format_says_so() -> None:
    with pytest.raises(CorruptRecord, match="unknown format 2"):
        read_record(b"\x02" + write_record(b"{}")[1:])


def test_records_keep_their_bytes() -> None:
    """Files are full of them: a change of these bytes is a change of the format."""
    assert write_record(b"{}", 3).hex() == "01" + "51fbb246" + "00000003" + "7b7d"


def test_faults_name_the_keys_of_the_records_that_are_not_sound() -> None:
    pairs = [(b"a", write_record(b"1")), (b"\x03b", write_record(b"1")[:-1]), (b"c", write_record(b"2"))]
    assert list(record_faults(pairs)) == ["at key 0362: a record does not match its checksum"]
