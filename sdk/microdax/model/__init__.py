"""The vocabulary: values, keys, tables, requests, replies, errors and limits of the DynamoDB data model."""
