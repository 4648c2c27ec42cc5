-- The points of a model's extra parts, 0 to 100, in the order of the model; null is no data for a
-- part, and for a model without any.
ALTER TABLE scores ADD COLUMN extra_points UTINYINT[];
