-- When an import became too old to be undone; null while it can be.
ALTER TABLE imports ADD COLUMN settled_at TIMESTAMP;
