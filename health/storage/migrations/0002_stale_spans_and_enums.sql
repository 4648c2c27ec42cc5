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
CREATE TYPE health_trend AS ENUM ('IMPROVING', 'STABLE', 'DECLINING');
CREATE TYPE risk_level AS ENUM ('LOW', 'MEDIUM', 'HIGH');
ALTER TABLE scores ALTER trend TYPE health_trend;
ALTER TABLE scores ALTER risk_level TYPE risk_level;
CREATE OR REPLACE VIEW tenant_health_scores AS
SELECT clients.organization_id,
    scores.* EXCLUDE (organization, run_id)
        REPLACE (trend::VARCHAR AS trend, risk_level::VARCHAR AS risk_level),
    scoring_runs.model_version, scoring_runs.started_at AS calculated_at,
    scoring_runs.started_at AS created_at
FROM scores JOIN clients USING (organization) JOIN scoring_runs USING (run_id);
