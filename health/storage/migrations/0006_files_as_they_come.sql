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
