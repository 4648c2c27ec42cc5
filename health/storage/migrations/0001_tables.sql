CREATE TABLE state (
    schema_version INTEGER NOT NULL,
    data_version BIGINT NOT NULL,
    model_version VARCHAR NOT NULL,
    is_demo BOOLEAN NOT NULL
);
INSERT INTO state VALUES (0, 0, 'standard-1', false);

CREATE TABLE clients (
    organization INTEGER NOT NULL,
    organization_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    total_users BIGINT,
    renewal_date DATE,
    industry VARCHAR,
    employee_count BIGINT,
    csm VARCHAR,
    annual_value DECIMAL(18,2),
    alert_level VARCHAR NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE usage_daily (
    organization INTEGER NOT NULL,
    date DATE NOT NULL,
    daily_active_users BIGINT,
    monthly_active_users BIGINT,
    cases_created BIGINT,
    cases_closed BIGINT,
    cases_closed_on_time BIGINT,
    campaigns_completed BIGINT,
    campaign_response_rate BIGINT,
    reports_generated BIGINT,
    searches_performed BIGINT,
    api_calls BIGINT,
    support_tickets BIGINT,
    import_id INTEGER NOT NULL
);
CREATE TABLE usage_span (
    organization INTEGER NOT NULL,
    first_date DATE NOT NULL,
    last_date DATE NOT NULL
);
CREATE TABLE adoption (
    organization INTEGER NOT NULL,
    feature_name VARCHAR NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    is_used BOOLEAN NOT NULL,
    first_used_at DATE,
    last_used_at DATE,
    usage_count BIGINT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE imports (
    import_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    imported_by VARCHAR NOT NULL,
    imported_at TIMESTAMP NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_changed BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    clients BIGINT NOT NULL,
    first_date DATE,
    last_date DATE,
    undone_by VARCHAR,
    undone_at TIMESTAMP
);
CREATE TABLE usage_changes (
    import_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    date DATE NOT NULL,
    metric VARCHAR NOT NULL,
    old_value BIGINT,
    new_value BIGINT
);
CREATE TABLE record_changes (
    import_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    feature_name VARCHAR,
    field VARCHAR NOT NULL,
    old_value VARCHAR,
    new_value VARCHAR
);

CREATE TABLE scoring_models (
    model_version VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    definition VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE scoring_runs (
    run_id INTEGER NOT NULL,
    model_version VARCHAR NOT NULL,
    requested_by VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    first_day DATE,
    last_day DATE,
    scores BIGINT NOT NULL
);
CREATE TABLE scores (
    organization INTEGER NOT NULL,
    score_date DATE NOT NULL,
    login_score UTINYINT,
    case_resolution_score UTINYINT,
    campaign_completion_score UTINYINT,
    feature_adoption_score UTINYINT,
    support_ticket_score UTINYINT,
    overall_score UTINYINT NOT NULL,
    previous_score UTINYINT,
    coverage UTINYINT NOT NULL,
    trend VARCHAR NOT NULL,
    risk_level VARCHAR NOT NULL,
    run_id INTEGER NOT NULL
);
CREATE TABLE stale (
    organization INTEGER NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL
);
CREATE TABLE decisions (
    decision_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    until_day DATE,
    known VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    decided_by VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    revoked_by VARCHAR,
    revoked_at TIMESTAMP
);
CREATE TABLE viewers (
    viewer VARCHAR NOT NULL,
    day DATE NOT NULL,
    day_before DATE,
    data_version BIGINT NOT NULL,
    looked_at TIMESTAMP NOT NULL
);

CREATE VIEW organizations AS SELECT * EXCLUDE (organization) FROM clients;
CREATE VIEW usage_metrics AS
SELECT clients.organization_id, long.metric_type, long.date, long.value,
    imports.imported_at AS created_at
FROM (
    SELECT organization, 'DAILY_ACTIVE_USERS' AS metric_type,
        date, daily_active_users AS value, import_id
    FROM usage_daily WHERE daily_active_users IS NOT NULL
    UNION ALL
    SELECT organization, 'MONTHLY_ACTIVE_USERS' AS metric_type,
        date, monthly_active_users AS value, import_id
    FROM usage_daily WHERE monthly_active_users IS NOT NULL
    UNION ALL
    SELECT organization, 'CASES_CREATED' AS metric_type,
        date, cases_created AS value, import_id
    FROM usage_daily WHERE cases_created IS NOT NULL
    UNION ALL
    SELECT organization, 'CASES_CLOSED' AS metric_type,
        date, cases_closed AS value, import_id
    FROM usage_daily WHERE cases_closed IS NOT NULL
    UNION ALL
    SELECT organization, 'CASES_CLOSED_ON_TIME' AS metric_type,
        date, cases_closed_on_time AS value, import_id
    FROM usage_daily WHERE cases_closed_on_time IS NOT NULL
    UNION ALL
    SELECT organization, 'CAMPAIGNS_COMPLETED' AS metric_type,
        date, campaigns_completed AS value, import_id
    FROM usage_daily WHERE campaigns_completed IS NOT NULL
    UNION ALL
    SELECT organization, 'CAMPAIGN_RESPONSE_RATE' AS metric_type,
        date, campaign_response_rate AS value, import_id
    FROM usage_daily WHERE campaign_response_rate IS NOT NULL
    UNION ALL
    SELECT organization, 'REPORTS_GENERATED' AS metric_type,
        date, reports_generated AS value, import_id
    FROM usage_daily WHERE reports_generated IS NOT NULL
    UNION ALL
    SELECT organization, 'SEARCHES_PERFORMED' AS metric_type,
        date, searches_performed AS value, import_id
    FROM usage_daily WHERE searches_performed IS NOT NULL
    UNION ALL
    SELECT organization, 'API_CALLS' AS metric_type,
        date, api_calls AS value, import_id
    FROM usage_daily WHERE api_calls IS NOT NULL
    UNION ALL
    SELECT organization, 'SUPPORT_TICKETS' AS metric_type,
        date, support_tickets AS value, import_id
    FROM usage_daily WHERE support_tickets IS NOT NULL
) AS long
JOIN clients USING (organization)
JOIN imports USING (import_id);
CREATE VIEW usage_metrics_with_change AS
SELECT *,
    lag(value) OVER earlier AS previous_value,
    100.0 * (value - lag(value) OVER earlier) / nullif(lag(value) OVER earlier, 0)
        AS change_percent
FROM usage_metrics
WINDOW earlier AS (PARTITION BY organization_id, metric_type ORDER BY date);
CREATE VIEW feature_adoption AS
SELECT clients.organization_id, adoption.* EXCLUDE (organization)
FROM adoption JOIN clients USING (organization);
CREATE VIEW tenant_health_scores AS
SELECT clients.organization_id, scores.* EXCLUDE (organization, run_id),
    scoring_runs.model_version, scoring_runs.started_at AS calculated_at,
    scoring_runs.started_at AS created_at
FROM scores JOIN clients USING (organization) JOIN scoring_runs USING (run_id);
