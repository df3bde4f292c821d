"""PynamoDB's basic operations through the HTTP door: an object mapper that knows only DynamoDB."""

# PynamoDB's stubs leave conditions and results partly untyped.
# mypy: disable-error-code="no-untyped-call"
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterator

import pytest
from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import DeleteError, PutError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, LocalSecondaryIndex
from pynamodb.models import Model


class ByGenre(GlobalSecondaryIndex["Song"]):
    """Songs of a genre, the most played last."""

    class Meta:
        index_name = "by-genre"
        projection = AllProjection()

    genre = UnicodeAttribute(hash_key=True)
    plays = NumberAttribute(range_key=True)


class ByPlays(LocalSecondaryIndex["Song"]):
    """An artist's songs, the most played last: keys and the genre alone."""

    class Meta:
        index_name = "by-plays"
        projection = IncludeProjection(["genre"])

    artist = UnicodeAttribute(hash_key=True)
    plays = NumberAttribute(range_key=True)


class Song(Model):
    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        table_name = "pynamodb-songs"
        region = "us-east-1"
        aws_access_key_id = "any"
        aws_secret_access_key = "any"
        host: str

    artist = UnicodeAttribute(hash_key=True)
    title = UnicodeAttribute(range_key=True)
    plays = NumberAttribute(default=0)
    genre = UnicodeAttribute(null=True)
    by_genre = ByGenre()
    by_plays = ByPlays()
    genres = UnicodeSetAttribute(null=True)
    ratings: ListAttribute[int] = ListAttribute(default=list)


@pytest.fixture(scope="module", autouse=True)
def table(url: str) -> Iterator[None]:
    Song.Meta.host = url
    Song.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
    yield
    Song.delete_table()


@pytest.fixture(autouse=True)
def songs(table: None) -> None:
    """Six songs and nothing else."""
    with Song.batch_write() as batch:
        for old in Song.scan():
            batch.delete(old)
    with Song.batch_write() as batch:
        for number in range(5):
            batch.save(Song("Nina", f"Song {number}", plays=number, genre="jazz", genres={"jazz", "soul"}))
        batch.save(Song("Otis", "Dock", plays=9))


def test_the_table_is_described() -> None:
    assert Song.exists()
    assert Song.describe_table()["TableStatus"] == "ACTIVE"


def test_an_item_comes_back_as_it_was_saved() -> None:
    Song("Etta", "At Last", plays=2**53, genres={"soul"}, ratings=[5, 4]).save()
    song = Song.get("Etta", "At Last")
    assert (song.plays, song.genres, song.ratings) == (2**53, {"soul"}, [5, 4])
    assert Song.get("Etta", "At Last", consistent_read=True).plays == 2**53


def test_a_missing_item_stays_missing_until_it_is_saved() -> None:
    for _ in range(2):
        with pytest.raises(Song.DoesNotExist):
            Song.get("Nobody", "Nothing")
    Song("Nobody", "Nothing").save()
    assert Song.get("Nobody", "Nothing").plays == 0


def test_an_update_is_read_at_once() -> None:
    song = Song.get("Nina", "Song 1")
    song.update(actions=[Song.plays.add(10), Song.ratings.set(Song.ratings.append([3]))])
    assert song.plays == 11
    again = Song.get("Nina", "Song 1")
    assert (again.plays, again.ratings) == (11, [3])


def test_conditions_are_kept() -> None:
    with pytest.raises(PutError, match="conditional request failed"):
        Song("Nina", "Song 1").save(condition=Song.title.does_not_exist())
    with pytest.raises(DeleteError, match="conditional request failed"):
        Song.get("Nina", "Song 1").delete(condition=Song.plays > 100)
    assert Song.get("Nina", "Song 1").plays == 1


def test_a_deleted_item_is_gone() -> None:
    song = Song.get("Nina", "Song 1")
    song.delete()
    with pytest.raises(Song.DoesNotExist):
        Song.get("Nina", "Song 1")


def test_queries_are_in_order_and_filtered() -> None:
    titles = [song.title for song in Song.query("Nina", Song.title.between("Song 1", "Song 3"))]
    assert titles == ["Song 1", "Song 2", "Song 3"]
    played = Song.query("Nina", filter_condition=Song.plays >= 3, scan_index_forward=False)
    assert [song.title for song in played] == ["Song 4", "Song 3"]
    assert Song.count("Nina", Song.title.startswith("Song")) == 5


def test_pages_go_on_where_they_ended() -> None:
    results = Song.query("Nina", page_size=2, limit=3)
    assert [song.title for song in results] == ["Song 0", "Song 1", "Song 2"]
    rest = Song.query("Nina", last_evaluated_key=results.last_evaluated_key)
    assert [song.title for song in rest] == ["Song 3", "Song 4"]


def test_scans_see_everything_in_segments_too() -> None:
    assert len(list(Song.scan())) == 6
    found = [song.title for segment in range(3) for song in Song.scan(segment=segment, total_segments=3)]
    assert sorted(found) == ["Dock", "Song 0", "Song 1", "Song 2", "Song 3", "Song 4"]
    assert [song.title for song in Song.scan(Song.genres.does_not_exist())] == ["Dock"]


def test_a_batch_get_brings_what_there_is() -> None:
    keys = [("Nina", "Song 0"), ("Otis", "Dock"), ("Nina", "none")]
    assert sorted(song.title for song in Song.batch_get(keys)) == ["Dock", "Song 0"]


def test_the_indexes_are_described() -> None:
    described = Song.describe_table()
    assert [index["IndexName"] for index in described["GlobalSecondaryIndexes"]] == ["by-genre"]
    assert [index["IndexName"] for index in described["LocalSecondaryIndexes"]] == ["by-plays"]
    assert described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"


def test_a_global_index_is_queried_in_its_own_order_and_follows_writes() -> None:
    assert [song.title for song in Song.by_genre.query("jazz", scan_index_forward=False, limit=2)] == [
        "Song 4",
        "Song 3",
    ]
    Song.get("Nina", "Song 0").update(actions=[Song.plays.set(100)])
    Song.get("Nina", "Song 4").update(actions=[Song.genre.remove()])
    assert [song.title for song in Song.by_genre.query("jazz", ByGenre.plays > 2)] == ["Song 3", "Song 0"]
    assert Song.by_genre.count("jazz") == 4
    assert len(list(Song.by_genre.scan())) == 4


def test_a_local_index_shows_what_it_projects() -> None:
    found = list(Song.by_plays.query("Nina", ByPlays.plays.between(1, 3), page_size=1))
    assert [(song.title, song.plays, song.genre) for song in found] == [
        ("Song 1", 1, "jazz"),
        ("Song 2", 2, "jazz"),
        ("Song 3", 3, "jazz"),
    ]
    assert all(song.genres is None for song in found)
