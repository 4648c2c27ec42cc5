-- Checks: what looked wrong about an import, as it was said.
CREATE TABLE import_warnings (
    import_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    is_hold BOOLEAN NOT NULL,
    sentence VARCHAR NOT NULL,
    examples VARCHAR NOT NULL
);
