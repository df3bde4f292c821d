"""Tables that keep a change log or a time to live, below the store: made in a catalog, written by commit."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from backend_store import change_log, expiry, shards
from backend_store.catalog import Catalog
from backend_store.change_log import ChangeRecord
from backend_store.commit import RowWrite, commit
from backend_store.images import Image
from backend_store.kv.engine import Engine, Writer
from backend_store.table import Table
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.streams import StreamSpecification
from microdax.model.tables import TableDescription
from microdax.model.time_to_live import TimeToLive
from microdax.model.values import Value

NAME = "main"
PLAIN = TableDescription(NAME, KeySchema(KeyAttribute("id", "S")), arn="arn:table/main", id="id", created_s=0.0)
ENABLED = StreamSpecification(enabled=True, view_type="NEW_AND_OLD_IMAGES")
DISABLED = StreamSpecification(enabled=False)


@dataclass(frozen=True, slots=True)
class LoggedTable:
    """One table of a catalog, `main`, with the string `id` as its key."""

    engine: Engine
    catalog: Catalog
    clock: Callable[[], float]

    @property
    def table(self) -> Table:
        return self.catalog.table(NAME)

    async def stream(self, wanted: StreamSpecification) -> None:
        """Switch the stream on or off."""
        now_s = self.clock()
        await self.catalog.update(NAME, lambda description: description.streamed(wanted, now_s))

    async def expire_by(self, attribute: str, enabled: bool = True) -> None:
        """Switch the time to live on or off."""
        after = TimeToLive(enabled=attribute if enabled else None, latest=attribute)
        await self.catalog.update(NAME, lambda description: replace(description, time_to_live=after))

    async def put(self, key: str = "a", by_service: bool = False, **attributes: Value) -> None:
        new = Image.of_item({"id": key, **attributes})
        write = RowWrite(self.table, {"id": key}, lambda _: new, by_service=by_service)
        await self.engine.write(lambda writer: commit(writer, write))

    async def delete(self, key: str = "a") -> None:
        write = RowWrite(self.table, {"id": key}, lambda _: None)
        await self.engine.write(lambda writer: commit(writer, write))

    async def do(self, job: Callable[[Writer], object]) -> None:
        await self.engine.write(job)

    def records(self) -> list[ChangeRecord]:
        with self.engine.snapshot() as reader:
            return list(change_log.records(reader, self.table))


async def logged_table(engine: Engine, clock: Callable[[], float], *, streamed: bool = True) -> LoggedTable:
    """Create the table; its stream is enabled unless told otherwise."""
    catalog = Catalog(engine, clock, (shards.follow, expiry.follow_table))
    await catalog.create(PLAIN.streamed(ENABLED, clock()) if streamed else PLAIN, tags={})
    return LoggedTable(engine, catalog, clock)
