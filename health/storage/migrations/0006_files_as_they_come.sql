-- History of what changes slowly: the values of a client or feature that changed, each with the
-- day from which it holds. A value that never changed has no rows; one that did has all of them,
-- the first from 0001-01-01 on. The value is text, as in record_changes.
CREATE TABLE record_history (
    organization INTEGER NOT NULL,
    feature_name VARCHAR,
    field VARCHAR NOT NULL,
    valid_from DATE NOT NULL,
    value VARCHAR
);
-- From when a changed value holds, and the history before the import; null where it had none.
ALTER TABLE record_changes ADD COLUMN valid_from DATE;
ALTER TABLE record_changes ADD COLUMN old_history STRUCT(valid_from DATE, value VARCHAR)[];
-- The day of an import: from it on values hold for which the file says no other.
ALTER TABLE imports ADD COLUMN day DATE;

-- feeds
CREATE TABLE feeds (
    feed VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    toml VARCHAR NOT NULL,
    signature VARCHAR NOT NULL,
    created_by VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    retired_by VARCHAR,
    retired_at TIMESTAMP
);
ALTER TABLE imports ADD COLUMN feed VARCHAR;
ALTER TABLE imports ADD COLUMN feed_version INTEGER;

-- identity: other ids of a client, what was done about ids, and the rows of merged clients as they
-- were. A row is kept as text, whatever table it is of, so that an undo gives back every cell.
CREATE TABLE aliases (
    organization INTEGER NOT NULL,
    alias VARCHAR NOT NULL
);
CREATE TABLE identity_actions (
    action_id INTEGER NOT NULL,
    action VARCHAR NOT NULL,
    client INTEGER NOT NULL,
    client_id VARCHAR NOT NULL,
    other INTEGER,
    other_id VARCHAR NOT NULL,
    imports INTEGER[] NOT NULL,
    last_import INTEGER NOT NULL,
    done_by VARCHAR NOT NULL,
    done_at TIMESTAMP NOT NULL,
    undone_by VARCHAR,
    undone_at TIMESTAMP
);
CREATE TABLE identity_rows (
    action_id INTEGER NOT NULL,
    table_name VARCHAR NOT NULL,
    columns VARCHAR[] NOT NULL,
    cells VARCHAR[] NOT NULL
);
