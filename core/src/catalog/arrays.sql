-- Arrays: one row a name of a version, one row a shard of a version. Catalogs of format 1 had none of these.
CREATE TABLE pantile_array (array_id INTEGER NOT NULL, uuid TEXT NOT NULL, begin_snapshot INTEGER NOT NULL, end_snapshot INTEGER, name TEXT NOT NULL, schema_version INTEGER NOT NULL, metadata TEXT NOT NULL, metadata_hash BLOB NOT NULL, location TEXT, path TEXT);
CREATE INDEX pantile_array_by_uuid ON pantile_array (uuid);
CREATE TABLE pantile_array_file (uuid TEXT NOT NULL, shard INTEGER NOT NULL, key TEXT NOT NULL, bytes INTEGER NOT NULL, hash BLOB NOT NULL, count INTEGER NOT NULL, min TEXT, max TEXT, nans INTEGER NOT NULL, fills INTEGER NOT NULL, PRIMARY KEY (uuid, shard)) WITHOUT ROWID;

CREATE TABLE pantile_part_array (transaction_id TEXT NOT NULL, part INTEGER NOT NULL, name TEXT NOT NULL, uuid TEXT NOT NULL, metadata TEXT NOT NULL, metadata_hash BLOB NOT NULL, location TEXT, path TEXT, PRIMARY KEY (transaction_id, part));
CREATE TABLE pantile_part_array_file (transaction_id TEXT NOT NULL, part INTEGER NOT NULL, uuid TEXT NOT NULL, shard INTEGER NOT NULL, key TEXT NOT NULL, bytes INTEGER NOT NULL, hash BLOB NOT NULL, count INTEGER NOT NULL, min TEXT, max TEXT, nans INTEGER NOT NULL, fills INTEGER NOT NULL, PRIMARY KEY (transaction_id, part, shard)) WITHOUT ROWID;
