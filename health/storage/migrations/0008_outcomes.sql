-- What became of a client: what a score is held against. One row for a client, a day and an
-- outcome; import_id is the last import that wrote it.
CREATE TABLE outcomes (
    organization INTEGER NOT NULL,
    date DATE NOT NULL,
    outcome VARCHAR NOT NULL,
    value_change DECIMAL(18,2),
    reason VARCHAR,
    import_id INTEGER NOT NULL,
    recorded_at TIMESTAMP NOT NULL
);
-- What an import wrote, and what was there before; old_import_id is empty where nothing was.
CREATE TABLE outcome_changes (
    import_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    date DATE NOT NULL,
    outcome VARCHAR NOT NULL,
    old_value_change DECIMAL(18,2),
    old_reason VARCHAR,
    old_import_id INTEGER,
    old_recorded_at TIMESTAMP
);
