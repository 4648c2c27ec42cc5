-- Databases of versions 2 and 3 could still get spans of a client that meet, and scored days twice.
CREATE TABLE united AS
SELECT organization, min(first_day) AS first_day, max(last_day) AS last_day
FROM (
    SELECT *, count(*) FILTER (reached IS NULL OR reached < first_day - 1)
        OVER (PARTITION BY organization ORDER BY first_day, last_day) AS island
    FROM (
        SELECT *, max(last_day) OVER (
            PARTITION BY organization ORDER BY first_day, last_day
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached
        FROM stale
    )
)
GROUP BY organization, island;
DELETE FROM stale;
INSERT INTO stale FROM united;
DROP TABLE united;
