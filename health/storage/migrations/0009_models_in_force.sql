-- Which model scores which days. What is published holds from its day on, over all that was
-- published before it; nothing is deleted: a row says who took it back. A publication is one or
-- more rows: its rules in order, each with its model, and last the model of the rest.
-- Where nothing is published, the model standard-1 holds for all days.
CREATE TABLE models_in_force (
    publication_id INTEGER NOT NULL,
    act VARCHAR NOT NULL,
    from_day DATE NOT NULL,
    place INTEGER NOT NULL,
    rule VARCHAR,
    model_version VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    published_by VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL,
    undone_by VARCHAR,
    undone_at TIMESTAMP
);
INSERT INTO models_in_force (
    publication_id, act, from_day, place, model_version, reason, published_by, published_at)
SELECT 1, 'restated', DATE '0001-01-01', 1, model_version, '', '', created_at
FROM state JOIN scoring_models USING (model_version)
WHERE model_version <> 'standard-1';
ALTER TABLE state DROP COLUMN model_version;

ALTER TABLE scoring_models ADD COLUMN reason VARCHAR;
ALTER TABLE scoring_models ADD COLUMN author VARCHAR;

-- Models that are being worked on. They score nothing.
CREATE TABLE model_drafts (
    draft_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    definition VARCHAR NOT NULL,
    saved_by VARCHAR NOT NULL,
    saved_at TIMESTAMP NOT NULL
);
