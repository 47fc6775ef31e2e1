"""
A real Iceberg table (format 2) with one data file, written as its specification has it: metadata in JSON, a manifest list
and a manifest in Avro, rows in Parquet with field ids.
"""

import json

import fastavro

SNAPSHOT = 1001


def field(number, name, kind, optional=False):
    if optional:
        return {"name": name, "type": ["null", kind], "default": None, "field-id": number}
    return {"name": name, "type": kind, "field-id": number}


DATA_FILE = {
    "type": "record",
    "name": "r2",
    "fields": [
        field(134, "content", "int"),
        field(100, "file_path", "string"),
        field(101, "file_format", "string"),
        field(102, "partition", {"type": "record", "name": "r102", "fields": []}),
        field(103, "record_count", "long"),
        field(104, "file_size_in_bytes", "long"),
    ],
}
MANIFEST = {
    "type": "record",
    "name": "manifest_entry",
    "fields": [
        field(0, "status", "int"),
        field(1, "snapshot_id", "long", optional=True),
        field(3, "sequence_number", "long", optional=True),
        field(4, "file_sequence_number", "long", optional=True),
        field(2, "data_file", DATA_FILE),
    ],
}
NUMBERS = [(504, "added_files_count", "int"), (505, "existing_files_count", "int"), (506, "deleted_files_count", "int"),
           (512, "added_rows_count", "long"), (513, "existing_rows_count", "long"), (514, "deleted_rows_count", "long")]  # fmt: skip
MANIFEST_LIST = {
    "type": "record",
    "name": "manifest_file",
    "fields": [
        field(500, "manifest_path", "string"),
        field(501, "manifest_length", "long"),
        field(502, "partition_spec_id", "int"),
        field(517, "content", "int"),
        field(515, "sequence_number", "long"),
        field(516, "min_sequence_number", "long"),
        field(503, "added_snapshot_id", "long"),
        *(field(*number) for number in NUMBERS),
    ],
}


def write_avro(path, schema, rows, metadata):
    with open(path, "wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), rows, metadata=metadata)
    return path


def make_iceberg_table(room, name, query, columns):
    """`columns`: (name, Iceberg type) of what the query returns."""
    schema = {
        "type": "struct",
        "schema-id": 0,
        "fields": [{"id": i, "name": n, "required": False, "type": t} for i, (n, t) in enumerate(columns, 1)],
    }
    ids = ", ".join(f"{n}: {i}" for i, (n, _) in enumerate(columns, 1))
    data = room.data(f"{name}/data/rows.parquet", query, f"(FORMAT parquet, FIELD_IDS {{{ids}}})")
    count = room.count_of(data)
    folder = room / name / "metadata"
    folder.mkdir(parents=True)
    entry = {"status": 1, "snapshot_id": SNAPSHOT, "sequence_number": 1, "file_sequence_number": 1, "data_file": {
        "content": 0, "file_path": str(data), "file_format": "PARQUET", "partition": {},
        "record_count": count, "file_size_in_bytes": data.stat().st_size}}  # fmt: skip
    spec = {"schema": json.dumps(schema), "partition-spec": "[]", "partition-spec-id": "0", "format-version": "2",
            "content": "data"}  # fmt: skip
    manifest = write_avro(folder / "manifest.avro", MANIFEST, [entry], spec)
    listed = {"manifest_path": str(manifest), "manifest_length": manifest.stat().st_size, "partition_spec_id": 0,
              "content": 0, "sequence_number": 1, "min_sequence_number": 1, "added_snapshot_id": SNAPSHOT,
              "added_files_count": 1, "existing_files_count": 0, "deleted_files_count": 0, "added_rows_count": count,
              "existing_rows_count": 0, "deleted_rows_count": 0}  # fmt: skip
    manifests = write_avro(folder / "snap.avro", MANIFEST_LIST, [listed], {"format-version": "2"})
    snapshot = {"snapshot-id": SNAPSHOT, "sequence-number": 1, "timestamp-ms": 1700000000000, "schema-id": 0,
                "manifest-list": str(manifests), "summary": {"operation": "append"}}  # fmt: skip
    metadata = {
        "format-version": 2,
        "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1",
        "location": str(room / name),
        "last-sequence-number": 1,
        "last-updated-ms": 1700000000000,
        "last-column-id": len(columns),
        "current-schema-id": 0,
        "schemas": [schema],
        "default-spec-id": 0,
        "partition-specs": [{"spec-id": 0, "fields": []}],
        "last-partition-id": 999,
        "default-sort-order-id": 0,
        "sort-orders": [{"order-id": 0, "fields": []}],
        "properties": {},
        "current-snapshot-id": SNAPSHOT,
        "snapshots": [snapshot],
        "snapshot-log": [],
        "metadata-log": [],
    }
    room.write(f"{name}/metadata/v1.metadata.json", json.dumps(metadata))
    room.write(f"{name}/metadata/version-hint.text", "1")
