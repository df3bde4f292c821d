"""An ordinary boto3 program: 3,201 films go into a table and are updated, deleted, fetched, queried and scanned.

It knows nothing of microdax. Against what `make run` started it runs as `make movies`, which fetches the films (the
`movies.json` of npm's vega-datasets) and sets AWS_ENDPOINT_URL_DYNAMODB. With microdax's own client one line differs,
the last one: `main(microdax.resource())`.

A film's genre is the hash key, and its date and title are the range key, so that a genre is in order of time.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr, Key

if TYPE_CHECKING:
    from types_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

FILMS = Path(__file__).parent / "node_modules" / "vega-datasets" / "data" / "movies.json"
TABLE = "movies"
Film = dict[str, Any]


def main(dynamodb: "DynamoDBServiceResource") -> None:
    """Run the whole program and print what it found."""
    films = read_films(FILMS)
    table = new_table(dynamodb)
    load(table, films)
    look_up(dynamodb, table)
    search(table)
    change(table)
    remove(table)
    print(f"\n{count(table)} films are left in the table {table.name!r}")


def read_films(path: Path) -> list[Film]:
    """The films, each with its key; numbers are exact, and what is unknown stays as None."""
    films: list[Film] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return [{**key_of(film), **film, "Title": title_of(film)} for film in films]


def title_of(film: Film) -> str:
    """The title as text: "300" is a number in the data, and one film has none."""
    return "(untitled)" if film["Title"] is None else str(film["Title"])


def key_of(film: Film) -> Film:
    released = datetime.strptime(film["Release Date"], "%b %d %Y").date()
    return {"Genre": film["Major Genre"] or "Unknown", "Released": f"{released} {title_of(film)}"}


def new_table(dynamodb: "DynamoDBServiceResource") -> "Table":
    """An empty table; the one of an earlier run goes."""
    try:
        old = dynamodb.Table(TABLE)
        old.delete()
        old.wait_until_not_exists()
    except dynamodb.meta.client.exceptions.ResourceNotFoundException:
        pass
    table = dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[
            {"AttributeName": "Genre", "AttributeType": "S"},
            {"AttributeName": "Released", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "Genre", "KeyType": "HASH"},
            {"AttributeName": "Released", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    return table


def load(table: "Table", films: list[Film]) -> None:
    with table.batch_writer() as batch:
        for film in films:
            batch.put_item(Item=film)
    print(f"{len(films)} films read, {count(table)} films in the table")


def count(table: "Table") -> int:
    return sum(page["Count"] for page in pages(table.scan, Select="COUNT"))


def pages(operation: Any, **arguments: Any) -> Iterator[dict[str, Any]]:
    """Every page of a query or a scan."""
    while True:
        page = operation(**arguments)
        yield page
        if "LastEvaluatedKey" not in page:
            return
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def items(operation: Any, **arguments: Any) -> list[Film]:
    return [film for page in pages(operation, **arguments) for film in page["Items"]]


def look_up(dynamodb: "DynamoDBServiceResource", table: "Table") -> None:
    """Single films, whole and in part, several at once, and one that is not there."""
    print("\nLooked up")
    matrix = {"Genre": "Action", "Released": "1999-03-31 The Matrix"}
    print_film(table.get_item(Key=matrix).get("Item", {}))
    part = table.get_item(
        Key=matrix, ProjectionExpression="#r, #v", ExpressionAttributeNames={"#r": "IMDB Rating", "#v": "IMDB Votes"}
    )
    print("  in part:", sorted(part.get("Item", {}).items()))
    print("  not there:", "Item" not in table.get_item(Key={"Genre": "Western", "Released": "1999-03-31 The Matrix"}))
    wanted = [matrix, {"Genre": "Unknown", "Released": "1972-03-15 The Godfather"}, {"Genre": "Drama", "Released": "-"}]
    found = dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": wanted, "ConsistentRead": True}})["Responses"][TABLE]
    print("  of three keys:", sorted(str(film["Title"]) for film in found))


def search(table: "Table") -> None:
    """Queries along the key and scans through everything, with filters and projections."""
    print("\nWesterns of the nineties, newest first")
    nineties = Key("Genre").eq("Western") & Key("Released").between("1990", "2000")
    for film in items(table.query, KeyConditionExpression=nineties, ScanIndexForward=False, Limit=4):
        print_film(film)

    print("\nThe best dramas")
    best = Attr("IMDB Rating").gte(Decimal("8.5")) & Attr("IMDB Votes").gt(100_000)
    for film in items(table.query, KeyConditionExpression=Key("Genre").eq("Drama"), FilterExpression=best):
        print_film(film)

    print("\nWhat directors earned")
    grosses: dict[str, int] = {}
    known = Attr("Director").attribute_type("S") & Attr("Worldwide Gross").gt(0)
    names = {"#d": "Director", "#g": "Worldwide Gross"}
    for film in items(
        table.scan, FilterExpression=known, ProjectionExpression="#d, #g", ExpressionAttributeNames=names
    ):
        grosses[film["Director"]] = grosses.get(film["Director"], 0) + int(film["Worldwide Gross"])
    for director, gross in sorted(grosses.items(), key=lambda pair: (-pair[1], pair[0]))[:5]:
        print(f"  {gross:>14,}  {director}")


def change(table: "Table") -> None:
    """Updates, with conditions that hold and that do not; what is read after a write is what was written."""
    print("\nChanged")
    key = {"Genre": "Action", "Released": "1999-03-31 The Matrix"}
    before = table.get_item(Key=key).get("Item", {})
    changed = table.update_item(
        Key=key,
        UpdateExpression="SET #v = #v + :one, Seen = list_append(if_not_exists(Seen, :none), :today) REMOVE #s",
        ConditionExpression="attribute_exists(Title) AND #v = :votes",
        ExpressionAttributeNames={"#v": "IMDB Votes", "#s": "Source"},
        ExpressionAttributeValues={":one": 1, ":none": [], ":today": ["2024-06-01"], ":votes": before["IMDB Votes"]},
        ReturnValues="UPDATED_NEW",
    )["Attributes"]
    print("  votes and views:", sorted(changed.items()))
    after = table.get_item(Key=key).get("Item", {})
    print("  read again:", after["IMDB Votes"] == changed["IMDB Votes"], "Source" not in after)

    refused = table.meta.client.exceptions.ConditionalCheckFailedException
    try:
        table.update_item(
            Key=key,
            UpdateExpression="SET #v = :zero",
            ConditionExpression=Attr("IMDB Votes").eq(before["IMDB Votes"]),
            ExpressionAttributeNames={"#v": "IMDB Votes"},
            ExpressionAttributeValues={":zero": 0},
        )
    except refused as error:
        print("  with the old votes:", error.response.get("Error", {}).get("Code"))
    try:
        table.put_item(Item={**key, "Title": "The Matrix"}, ConditionExpression="attribute_not_exists(Title)")
    except refused as error:
        print("  put over it:", error.response.get("Error", {}).get("Message"))


def remove(table: "Table") -> None:
    """Deletes one film, then a genre."""
    print("\nRemoved")
    key = {"Genre": "Comedy", "Released": "1993-02-12 Groundhog Day"}
    print_film(table.delete_item(Key=key, ReturnValues="ALL_OLD").get("Attributes", {}))
    print("  gone:", "Item" not in table.get_item(Key=key))
    concerts = items(
        table.query,
        KeyConditionExpression=Key("Genre").eq("Concert/Performance"),
        ProjectionExpression="Genre, Released",
    )
    with table.batch_writer() as batch:
        for concert in concerts:
            batch.delete_item(Key=concert)
    left = table.query(KeyConditionExpression=Key("Genre").eq("Concert/Performance"), Select="COUNT")
    print(f"  {len(concerts)} concerts, {left['Count']} left")


def print_film(film: Film) -> None:
    rating = "-" if film["IMDB Rating"] is None else film["IMDB Rating"]
    print(f"  {film['Released'][:10]}  {rating!s:>4}  {film['Title']}")


if __name__ == "__main__":
    main(boto3.resource("dynamodb"))  # pyright: ignore[reportUnknownMemberType]
