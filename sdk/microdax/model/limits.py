"""DynamoDB's limits, and ours where DynamoDB names none.

Source: "Service, account, and table quotas in Amazon DynamoDB" and the API reference. Bytes unless the name
says otherwise.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# Items and keys
ITEM_BYTES_MAX: Final = 400 * KIB
HASH_KEY_BYTES_MAX: Final = 2048
RANGE_KEY_BYTES_MAX: Final = 1024
KEY_BYTES_MAX: Final = (HASH_KEY_BYTES_MAX, RANGE_KEY_BYTES_MAX)
ATTRIBUTE_NAME_BYTES_MAX: Final = 64 * KIB - 1
KEY_ATTRIBUTE_NAME_BYTES_MAX: Final = 255
NESTING_LEVELS_MAX: Final = 32

# Numbers: 38 significant digits, magnitudes from 1E-130 to 9.9999999999999999999999999999999999999E+125
NUMBER_DIGITS_MAX: Final = 38
NUMBER_EXPONENT_MIN: Final = -130
NUMBER_EXPONENT_MAX: Final = 125

# Requests and replies
REQUEST_BYTES_MAX: Final = 16 * MIB
REQUEST_SLACK_BYTES: Final = 1 * MIB  # what the JSON around 16 MB of items may add
PAGE_BYTES_MAX: Final = 1 * MIB
BATCH_GET_KEYS_MAX: Final = 100
BATCH_GET_BYTES_MAX: Final = 16 * MIB
BATCH_WRITE_ITEMS_MAX: Final = 25
TRANSACTION_ACTIONS_MAX: Final = 100
TRANSACTION_BYTES_MAX: Final = 4 * MIB
REQUEST_TOKEN_CHARS_MAX: Final = 36
REQUEST_TOKEN_VALID_S: Final = 600
LIST_TABLES_MAX: Final = 100
SCAN_SEGMENTS_MAX: Final = 1_000_000
ATTRIBUTES_TO_GET_MAX: Final = 255

# Expressions
EXPRESSION_BYTES_MAX: Final = 4 * KIB
EXPRESSION_OPERATORS_MAX: Final = 300
IN_OPERANDS_MAX: Final = 100
PLACEHOLDER_BYTES_MAX: Final = 255

# PartiQL
STATEMENT_CHARS_MAX: Final = 8192
BATCH_STATEMENTS_MAX: Final = 25
NEXT_TOKEN_CHARS_MAX: Final = 32_768

# Capacity units (KiB an RRU / WRU covers)
READ_UNIT_BYTES: Final = 4 * KIB
WRITE_UNIT_BYTES: Final = 1 * KIB

# Tables
TABLE_NAME_CHARS_MIN: Final = 3
TABLE_NAME_CHARS_MAX: Final = 255
TABLES_MAX: Final = 10_000
TABLE_CHANGES_MAX: Final = 500  # created, updated or deleted at the same time
THROUGHPUT_UNITS_MAX: Final = 1_000_000_000_000
LOCAL_INDEXES_MAX: Final = 5
GLOBAL_INDEXES_MAX: Final = 20
PROJECTED_ATTRIBUTES_MAX: Final = 100  # NonKeyAttributes of all indexes of a table together
INDEX_ATTRIBUTES_MAX: Final = 20  # NonKeyAttributes of one index
TAGS_MAX: Final = 50
TAG_KEY_CHARS_MAX: Final = 128
TAG_VALUE_CHARS_MAX: Final = 256
TAGS_BYTES_MAX: Final = 10 * KIB
ARN_CHARS_MAX: Final = 1283
POLICY_BYTES_MAX: Final = 20 * KIB
POLICY_REVISION_CHARS_MAX: Final = 255
LIST_INSIGHTS_MAX: Final = 100
ACCOUNT_UNITS_MAX: Final = 80_000  # what DescribeLimits shows; nothing is limited by it
TABLE_UNITS_MAX: Final = 40_000

# Backups, exports and imports
BACKUPS_MAX: Final = 10_000  # ours
LIST_BACKUPS_MAX: Final = 100
BACKUP_ARN_CHARS_MIN: Final = 37
BACKUP_ARN_CHARS_MAX: Final = 1024
RECOVERY_DAYS_MAX: Final = 35
LIST_TRANSFERS_MAX: Final = 25  # exports or imports on a page
TRANSFERS_KEPT_MAX: Final = 1_000  # ours: finished ones past that are forgotten, the oldest first
S3_PREFIX_CHARS_MAX: Final = 1024
CSV_HEADERS_MAX: Final = 255
CSV_HEADER_CHARS_MAX: Final = 64 * KIB
EXPORT_MINUTES_MIN: Final = 15  # of an incremental export
EXPORT_MINUTES_MAX: Final = 24 * 60
IMPORT_FILES_MAX: Final = 50_000

# Streams and time to live
STREAMS_PAGE_MAX: Final = 100  # streams or shards in a reply
STREAM_RECORDS_MAX: Final = 1000  # in a reply of GetRecords, which holds 1 MB at most
SHARD_ITERATOR_S: Final = 15 * 60
TTL_ATTRIBUTE_CHARS_MAX: Final = 255
