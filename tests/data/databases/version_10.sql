-- A small database of schema 10, as the Client Health of that time made it. Frozen.
CREATE TYPE health_trend AS ENUM ('IMPROVING', 'STABLE', 'DECLINING');
CREATE TYPE risk_level AS ENUM ('LOW', 'MEDIUM', 'HIGH');
CREATE TABLE account_calls(call_id INTEGER NOT NULL, organization INTEGER NOT NULL, "day" DATE NOT NULL, outcome VARCHAR NOT NULL, sound VARCHAR, note VARCHAR NOT NULL, created_by VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, removed_by VARCHAR, removed_at TIMESTAMP);
CREATE TABLE account_notes(note_id INTEGER NOT NULL, organization INTEGER NOT NULL, "day" DATE NOT NULL, note VARCHAR NOT NULL, created_by VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, removed_by VARCHAR, removed_at TIMESTAMP);
CREATE TABLE account_pulses(pulse_id INTEGER NOT NULL, organization INTEGER NOT NULL, "day" DATE NOT NULL, "level" VARCHAR NOT NULL, reason VARCHAR NOT NULL, until_day DATE NOT NULL, score_day DATE, created_by VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, ended_by VARCHAR, ended_day DATE, removed_by VARCHAR, removed_at TIMESTAMP);
CREATE TABLE account_tasks(task_id INTEGER NOT NULL, organization INTEGER NOT NULL, "day" DATE NOT NULL, due_day DATE NOT NULL, task VARCHAR NOT NULL, person VARCHAR NOT NULL, call_id INTEGER, created_by VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, done_by VARCHAR, done_day DATE, removed_by VARCHAR, removed_at TIMESTAMP);
CREATE TABLE adoption(organization INTEGER NOT NULL, feature_name VARCHAR NOT NULL, is_enabled BOOLEAN NOT NULL, is_used BOOLEAN NOT NULL, first_used_at DATE, last_used_at DATE, usage_count BIGINT, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL);
CREATE TABLE aliases(organization INTEGER NOT NULL, alias VARCHAR NOT NULL);
CREATE TABLE clients(organization INTEGER NOT NULL, organization_id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, total_users BIGINT, renewal_date DATE, industry VARCHAR, employee_count BIGINT, csm VARCHAR, annual_value DECIMAL(18,2), alert_level VARCHAR NOT NULL, is_active BOOLEAN NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL);
CREATE TABLE decisions(decision_id INTEGER NOT NULL, organization INTEGER NOT NULL, until_day DATE, known VARCHAR NOT NULL, reason VARCHAR NOT NULL, decided_by VARCHAR NOT NULL, decided_at TIMESTAMP NOT NULL, revoked_by VARCHAR, revoked_at TIMESTAMP, call_id INTEGER);
CREATE TABLE feeds(feed VARCHAR NOT NULL, "version" INTEGER NOT NULL, kind VARCHAR NOT NULL, toml VARCHAR NOT NULL, signature VARCHAR NOT NULL, created_by VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, retired_by VARCHAR, retired_at TIMESTAMP);
CREATE TABLE identity_actions(action_id INTEGER NOT NULL, "action" VARCHAR NOT NULL, client INTEGER NOT NULL, client_id VARCHAR NOT NULL, other INTEGER, other_id VARCHAR NOT NULL, imports INTEGER[] NOT NULL, last_import INTEGER NOT NULL, done_by VARCHAR NOT NULL, done_at TIMESTAMP NOT NULL, undone_by VARCHAR, undone_at TIMESTAMP);
CREATE TABLE identity_rows(action_id INTEGER NOT NULL, table_name VARCHAR NOT NULL, "columns" VARCHAR[] NOT NULL, cells VARCHAR[] NOT NULL);
CREATE TABLE import_warnings(import_id INTEGER NOT NULL, place INTEGER NOT NULL, kind VARCHAR NOT NULL, is_hold BOOLEAN NOT NULL, sentence VARCHAR NOT NULL, examples VARCHAR NOT NULL);
CREATE TABLE imports(import_id INTEGER NOT NULL, kind VARCHAR NOT NULL, "name" VARCHAR NOT NULL, size BIGINT NOT NULL, sha256 VARCHAR NOT NULL, imported_by VARCHAR NOT NULL, imported_at TIMESTAMP NOT NULL, rows_new BIGINT NOT NULL, rows_changed BIGINT NOT NULL, rows_unchanged BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, clients BIGINT NOT NULL, first_date DATE, last_date DATE, undone_by VARCHAR, undone_at TIMESTAMP, settled_at TIMESTAMP, "day" DATE, feed VARCHAR, feed_version INTEGER);
CREATE TABLE model_drafts(draft_id INTEGER NOT NULL, "name" VARCHAR NOT NULL, definition VARCHAR NOT NULL, saved_by VARCHAR NOT NULL, saved_at TIMESTAMP NOT NULL);
CREATE TABLE models_in_force(publication_id INTEGER NOT NULL, act VARCHAR NOT NULL, from_day DATE NOT NULL, place INTEGER NOT NULL, "rule" VARCHAR, model_version VARCHAR NOT NULL, reason VARCHAR NOT NULL, published_by VARCHAR NOT NULL, published_at TIMESTAMP NOT NULL, undone_by VARCHAR, undone_at TIMESTAMP);
CREATE TABLE outcome_changes(import_id INTEGER NOT NULL, organization INTEGER NOT NULL, date DATE NOT NULL, outcome VARCHAR NOT NULL, old_value_change DECIMAL(18,2), old_reason VARCHAR, old_import_id INTEGER, old_recorded_at TIMESTAMP);
CREATE TABLE outcomes(organization INTEGER NOT NULL, date DATE NOT NULL, outcome VARCHAR NOT NULL, value_change DECIMAL(18,2), reason VARCHAR, import_id INTEGER NOT NULL, recorded_at TIMESTAMP NOT NULL);
CREATE TABLE people_at_browsers(viewer VARCHAR NOT NULL, "name" VARCHAR NOT NULL, csm VARCHAR, said_at TIMESTAMP NOT NULL);
CREATE TABLE record_changes(import_id INTEGER NOT NULL, organization INTEGER NOT NULL, feature_name VARCHAR, field VARCHAR NOT NULL, old_value VARCHAR, new_value VARCHAR, valid_from DATE, old_history STRUCT(valid_from DATE, "value" VARCHAR)[]);
CREATE TABLE record_history(organization INTEGER NOT NULL, feature_name VARCHAR, field VARCHAR NOT NULL, valid_from DATE NOT NULL, "value" VARCHAR);
CREATE TABLE scores(organization INTEGER NOT NULL, score_date DATE NOT NULL, login_score UTINYINT, case_resolution_score UTINYINT, campaign_completion_score UTINYINT, feature_adoption_score UTINYINT, support_ticket_score UTINYINT, overall_score UTINYINT NOT NULL, previous_score UTINYINT, coverage UTINYINT NOT NULL, trend ENUM('IMPROVING', 'STABLE', 'DECLINING') NOT NULL, risk_level ENUM('LOW', 'MEDIUM', 'HIGH') NOT NULL, run_id INTEGER NOT NULL, extra_points UTINYINT[]);
CREATE TABLE scoring_models(model_version VARCHAR NOT NULL, "label" VARCHAR NOT NULL, definition VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL, reason VARCHAR, author VARCHAR);
CREATE TABLE scoring_runs(run_id INTEGER NOT NULL, model_version VARCHAR NOT NULL, requested_by VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP, first_day DATE, last_day DATE, scores BIGINT NOT NULL);
CREATE TABLE settled(table_name VARCHAR NOT NULL, "until" DATE NOT NULL);
CREATE TABLE stale(organization INTEGER NOT NULL, first_day DATE NOT NULL, last_day DATE NOT NULL);
CREATE TABLE state(schema_version INTEGER NOT NULL, data_version BIGINT NOT NULL, is_demo BOOLEAN NOT NULL);
CREATE TABLE usage_changes(import_id INTEGER NOT NULL, organization INTEGER NOT NULL, date DATE NOT NULL, metric VARCHAR NOT NULL, old_value BIGINT, new_value BIGINT);
CREATE TABLE usage_daily(organization INTEGER NOT NULL, date DATE NOT NULL, daily_active_users BIGINT, monthly_active_users BIGINT, cases_created BIGINT, cases_closed BIGINT, cases_closed_on_time BIGINT, campaigns_completed BIGINT, campaign_response_rate BIGINT, reports_generated BIGINT, searches_performed BIGINT, api_calls BIGINT, support_tickets BIGINT, import_id INTEGER NOT NULL);
CREATE TABLE usage_span(organization INTEGER NOT NULL, first_date DATE NOT NULL, last_date DATE NOT NULL);
CREATE TABLE viewers(viewer VARCHAR NOT NULL, "day" DATE NOT NULL, day_before DATE, data_version BIGINT NOT NULL, looked_at TIMESTAMP NOT NULL);
INSERT INTO account_calls (call_id, organization, day, outcome, sound, note, created_by, created_at, removed_by, removed_at) VALUES
(1, 1, '2026-11-05', 'REACHED', 'MIXED', 'They wait for the new campaigns.', 'Ada', '2026-11-05 09:10:11.121314', NULL, NULL),
(2, 2, '2026-11-05', 'NOT_NEEDED', NULL, 'Seen at the fair.', 'Ada', '2026-11-05 10:10:11.121314', NULL, NULL),
(3, 2, '2026-11-06', 'NO_ANSWER', NULL, '', 'Ada', '2026-11-06 10:10:11.121314', 'Ada', '2026-11-06 10:11:11.121314');
INSERT INTO account_notes (note_id, organization, day, note, created_by, created_at, removed_by, removed_at) VALUES
(1, 2, '2026-11-04', 'Bolt''s new head of compliance starts in January.', 'eva@example.org', '2026-11-04 08:00:00', NULL, NULL);
INSERT INTO account_pulses (pulse_id, organization, day, level, reason, until_day, score_day, created_by, created_at, ended_by, ended_day, removed_by, removed_at) VALUES
(1, 1, '2026-10-03', 'GOOD', 'They renewed early.', '2026-12-01', '2026-10-02', 'Ada', '2026-10-03 09:10:11.121314', NULL, NULL, NULL, NULL),
(2, 2, '2026-10-04', 'AT_RISK', 'Their sponsor left.', '2026-12-01', NULL, 'Ada', '2026-10-04 09:10:11.121314', 'Ada', '2026-10-20', NULL, NULL);
INSERT INTO account_tasks (task_id, organization, day, due_day, task, person, call_id, created_by, created_at, done_by, done_day, removed_by, removed_at) VALUES
(1, 1, '2026-11-05', '2026-11-12', 'Send the plan.', 'Ada', 1, 'Ada', '2026-11-05 09:10:11.121314', NULL, NULL, NULL, NULL),
(2, 1, '2026-11-01', '2026-11-03', 'Ask about licences.', 'eva@example.org', NULL, 'Ada', '2026-11-01 09:10:11.121314', 'Ada', '2026-11-02', NULL, NULL);
INSERT INTO adoption (organization, feature_name, is_enabled, is_used, first_used_at, last_used_at, usage_count, created_at, updated_at) VALUES
(1, 'AI_ASSISTANT', true, false, NULL, NULL, NULL, '2026-11-25 23:17:48.716926', '2026-11-25 23:17:48.716926'),
(1, 'CASE_MANAGEMENT', true, true, NULL, NULL, 3, '2026-11-25 23:17:48.716926', '2026-11-25 23:17:48.716926'),
(1, 'SSO', true, true, '2026-10-05', '2026-10-30', 12, '2026-11-25 23:17:48.716926', '2026-11-25 23:17:48.716926'),
(2, 'EMPLOYEE_PORTAL', true, false, NULL, NULL, NULL, '2026-11-25 23:17:48.716926', '2026-11-25 23:17:48.716926'),
(2, 'SSO', false, false, NULL, NULL, NULL, '2026-11-25 23:17:48.716926', '2026-11-25 23:17:48.716926');
INSERT INTO aliases (organization, alias) VALUES
(1, 'alias-of-old');
INSERT INTO clients (organization, organization_id, name, total_users, renewal_date, industry, employee_count, csm, annual_value, alert_level, is_active, created_at, updated_at) VALUES
(1, 'ACME', 'Acme "Zürich", Ltd.', 60, '2026-12-31', 'Banking', 1200, 'eva@example.org', 48000.50, 'PROACTIVE', true, '2026-11-25 23:17:47.55508', '2026-11-26 03:51:52.505408'),
(2, 'BOLT', 'Bolt''s Bikes', 25, NULL, NULL, NULL, NULL, NULL, 'DASHBOARD_ONLY', true, '2026-11-25 23:17:47.55508', '2026-11-25 23:17:47.55508'),
(3, 'GONE', 'Gone', 10, NULL, NULL, NULL, NULL, NULL, 'NONE', false, '2026-11-25 23:17:47.55508', '2026-11-25 23:17:47.55508');
INSERT INTO decisions (decision_id, organization, until_day, known, reason, decided_by, decided_at, revoked_by, revoked_at, call_id) VALUES
(1, 1, NULL, 'DECLINING', 'They wait for the new campaigns.', 'Ada', '2026-11-05 09:10:11.121314', NULL, NULL, 1);
INSERT INTO identity_actions (action_id, action, client, client_id, other, other_id, imports, last_import, done_by, done_at, undone_by, undone_at) VALUES
(1, 'alias', 1, 'ACME', NULL, 'alias-of-old', [3, 6, 1, 2, 4, 7], 7, 'ada', '2026-11-26 03:51:55.5619', NULL, NULL);
INSERT INTO imports (import_id, kind, name, size, sha256, imported_by, imported_at, rows_new, rows_changed, rows_unchanged, rows_rejected, clients, first_date, last_date, undone_by, undone_at, settled_at, day, feed, feed_version) VALUES
(1, 'organizations', 'organizations.csv', 267, '3cd8ea6819fde1c3d0aaad8863da5afa581b729458df51f784d484b03980cf46', 'ada', '2026-11-25 23:17:47.55508', 3, 0, 0, 0, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(2, 'features', 'features.csv', 257, 'aabe46d153094902c436fbe360a08465000acbca74169631c8fc06c225d731f9', 'ada', '2026-11-25 23:17:48.716926', 5, 0, 0, 0, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(3, 'usage', 'usage.csv', 2707, '94ed7630c8cd48bf74793a20a11e1ac54c07f7d657703b3f3b32235345670aed', 'ada', '2026-11-25 23:17:49.082971', 68, 0, 0, 0, 2, '2026-09-20', '2026-11-03', NULL, NULL, NULL, NULL, NULL, NULL),
(4, 'usage', 'later.csv', 344, '4a17a0cb2565046b2233162ae4ddad2f9a07ed63d7841b130edf4fe36246c2a1', 'ada', '2026-11-25 23:17:53.163837', 7, 1, 0, 0, 1, '2026-11-03', '2026-11-06', NULL, NULL, NULL, NULL, NULL, NULL),
(5, 'usage', 'undone.csv', 104, '46e4a9d8d97a56cf181c3f5a1b166aec1d962c61212bc4d65f03ac5c1390884b', 'ada', '2026-11-25 23:17:58.282402', 1, 1, 0, 0, 1, '2026-11-01', '2026-11-09', 'ada', '2026-11-25 23:18:02.46732', NULL, NULL, NULL, NULL),
(6, 'usage', 'last.csv', 135, 'dbbcaebb2c4a94b86d21c5f405bb7eb90344c09ef6d66fce98fa7ca9ec390040', 'ada', '2026-11-25 23:18:04.319231', 0, 3, 0, 0, 2, '2026-10-20', '2026-10-24', NULL, NULL, NULL, NULL, NULL, NULL),
(7, 'organizations', 'licences.csv', 95, 'd097edbd3ba87e7cb2c9e3549bb9689a84c6efd3ed42957815aecb5586bf1e7b', 'ada', '2026-11-26 03:51:52.505408', 0, 1, 0, 0, 1, NULL, NULL, NULL, NULL, NULL, '2026-11-06', NULL, NULL);
INSERT INTO model_drafts (draft_id, name, definition, saved_by, saved_at) VALUES
(1, 'Tried out', '{"declining_high_below": 60, "declining_to": -5, "high_below": 40, "improving_from": 5, "label": "Tried out", "least_coverage": 0, "low_from": 70, "points_per_ticket": 10, "targets": {"campaign_completion": 85, "case_resolution": 90, "feature_adoption": 60, "login": 70, "support_ticket": 100}, "tickets_per_hundred_users": true, "trend_days": 30, "version": "draft", "weights": {"campaign_completion": 2500, "case_resolution": 2500, "feature_adoption": 1500, "login": 2000, "support_ticket": 1500}, "window_days": 30}', 'ada', '2026-11-26 07:00:00');
INSERT INTO models_in_force (publication_id, act, from_day, place, rule, model_version, reason, published_by, published_at, undone_by, undone_at) VALUES
(1, 'published', '2027-01-01', 1, NULL, 'targets-1', 'From the new year on.', 'ada', '2026-11-26 08:00:00', 'ada', '2026-11-26 08:05:00'),
(2, 'published', '2026-12-01', 1, NULL, 'targets-1', 'Realistic targets.', 'ada', '2026-11-26 08:10:00', NULL, NULL);
INSERT INTO outcome_changes (import_id, organization, date, outcome, old_value_change, old_reason, old_import_id, old_recorded_at) VALUES
(7, 1, '2026-10-15', 'RENEWED', NULL, NULL, NULL, NULL),
(7, 2, '2026-10-20', 'DOWNGRADED', NULL, NULL, NULL, NULL),
(7, 2, '2026-11-01', 'CHURNED', NULL, NULL, NULL, NULL);
INSERT INTO outcomes (organization, date, outcome, value_change, reason, import_id, recorded_at) VALUES
(1, '2026-10-15', 'RENEWED', 2000.00, 'They renewed for "three" years.', 7, '2026-11-26 03:51:52.505408'),
(2, '2026-10-20', 'DOWNGRADED', -150.50, NULL, 7, '2026-11-26 03:51:52.505408'),
(2, '2026-11-01', 'CHURNED', NULL, 'Bolt''s sponsor left.', 7, '2026-11-26 03:51:52.505408');
INSERT INTO people_at_browsers (viewer, name, csm, said_at) VALUES
('0123456789abcdef', 'Ada', 'eva@example.org', '2026-11-01 09:00:00');
INSERT INTO record_changes (import_id, organization, feature_name, field, old_value, new_value, valid_from, old_history) VALUES
(1, 1, NULL, '', NULL, NULL, NULL, NULL),
(1, 2, NULL, '', NULL, NULL, NULL, NULL),
(1, 3, NULL, '', NULL, NULL, NULL, NULL),
(2, 1, 'AI_ASSISTANT', '', NULL, NULL, NULL, NULL),
(2, 1, 'CASE_MANAGEMENT', '', NULL, NULL, NULL, NULL),
(2, 1, 'SSO', '', NULL, NULL, NULL, NULL),
(2, 2, 'EMPLOYEE_PORTAL', '', NULL, NULL, NULL, NULL),
(2, 2, 'SSO', '', NULL, NULL, NULL, NULL),
(7, 1, NULL, 'csm', 'ada@example.com', 'eva@example.org', '2026-11-01', NULL),
(7, 1, NULL, 'updated_at', '2026-11-25 23:17:47.55508', NULL, NULL, NULL);
INSERT INTO record_history (organization, feature_name, field, valid_from, value) VALUES
(1, NULL, 'csm', '0001-01-01', 'ada@example.com'),
(1, NULL, 'csm', '2026-11-01', 'eva@example.org');
INSERT INTO scores (organization, score_date, login_score, case_resolution_score, campaign_completion_score, feature_adoption_score, support_ticket_score, overall_score, previous_score, coverage, trend, risk_level, run_id) VALUES
(1, '2026-09-20', 63, NULL, 60, 33, 90, 61, NULL, 75, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-21', 63, 0, 60, 33, 90, 46, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-22', 63, 33, 60, 33, 90, 54, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-23', 63, 33, 60, 33, 90, 54, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-24', 63, 25, 60, 33, 90, 52, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-25', 65, 33, 60, 33, 90, 55, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-26', 65, 33, 60, 33, 90, 55, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-27', 65, 29, 60, 33, 90, 54, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-28', 65, 33, 60, 33, 90, 55, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-29', 65, 33, 65, 33, 90, 56, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-09-30', 67, 30, 65, 33, 90, 56, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-01', 67, 33, 65, 33, 80, 55, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-02', 67, 33, 65, 33, 80, 55, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-03', 67, 31, 65, 33, 80, 54, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-04', 67, 33, 65, 33, 80, 55, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-05', 68, 33, 65, 67, 80, 60, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-06', 68, 31, 65, 67, 80, 60, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-07', 68, 33, 65, 67, 80, 60, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-08', 68, 33, 69, 67, 80, 61, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-09', 68, 32, 69, 67, 80, 61, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-10', 72, 33, 69, 67, 80, 62, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-11', 72, 33, 69, 67, 80, 62, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-12', 72, 32, 69, 67, 70, 60, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-13', 72, 33, 69, 67, 70, 60, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-14', 72, 33, 69, 67, 70, 60, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-15', 73, 32, 69, 67, 70, 60, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-16', 73, 33, 69, 67, 70, 61, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-17', 73, 33, 74, 67, 70, 62, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-18', 73, 32, 74, 67, 70, 62, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-19', 73, 33, 74, 67, 70, 62, NULL, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-20', 75, 33, 78, 67, 80, 65, 61, 100, 'STABLE', 'MEDIUM', 1),
(1, '2026-10-21', 75, 33, 78, 67, 80, 65, 46, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-22', 75, 33, 78, 67, 80, 65, 54, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-23', 75, 33, 78, 67, 70, 63, 54, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-24', 75, 33, 78, 67, 70, 63, 52, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-25', 77, 33, 78, 67, 70, 64, 55, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-26', 77, 33, 83, 67, 70, 65, 55, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-27', 77, 33, 83, 67, 70, 65, 54, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-28', 77, 33, 83, 67, 70, 65, 55, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-29', 77, 33, 87, 67, 70, 66, 56, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-30', 80, 33, 87, 67, 70, 67, 56, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-10-31', 80, 33, 87, 67, 80, 68, 55, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-11-01', 80, 33, 87, 67, 80, 68, 55, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-11-02', 80, 33, 87, 67, 80, 68, 54, 100, 'IMPROVING', 'MEDIUM', 1),
(1, '2026-11-03', 67, 33, 87, 67, 60, 62, 55, 100, 'IMPROVING', 'MEDIUM', 2),
(1, '2026-11-04', 67, 33, 87, 67, 40, 59, 60, 100, 'STABLE', 'MEDIUM', 2),
(1, '2026-11-05', 67, 34, 87, 67, 20, 57, 60, 100, 'STABLE', 'MEDIUM', 2),
(1, '2026-11-06', 67, 33, 87, 67, 0, 53, 60, 100, 'DECLINING', 'HIGH', 2),
(2, '2026-09-20', 12, NULL, NULL, 0, 100, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-21', 12, NULL, NULL, 0, 100, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-22', 20, NULL, NULL, 0, 90, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-23', 20, NULL, NULL, 0, 90, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-24', 28, NULL, NULL, 0, 90, 38, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-25', 28, NULL, NULL, 0, 90, 38, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-26', 28, NULL, NULL, 0, 90, 38, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-27', 28, NULL, NULL, 0, 90, 38, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-28', 28, NULL, NULL, 0, 80, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-29', 28, NULL, NULL, 0, 80, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-09-30', 28, NULL, NULL, 0, 80, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-01', 28, NULL, NULL, 0, 80, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-02', 28, NULL, NULL, 0, 80, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-03', 28, NULL, NULL, 0, 80, 35, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-04', 28, NULL, NULL, 0, 70, 32, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-05', 28, NULL, NULL, 0, 70, 32, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-06', 28, NULL, NULL, 0, 70, 32, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-07', 28, NULL, NULL, 0, 70, 32, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-08', 28, NULL, NULL, 0, 70, 32, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-09', 28, NULL, NULL, 0, 70, 32, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-10', 28, NULL, NULL, 0, 60, 29, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-11', 28, NULL, NULL, 0, 60, 29, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-12', 28, NULL, NULL, 0, 60, 29, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-13', 28, NULL, NULL, 0, 60, 29, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-14', 28, NULL, NULL, 0, 60, 29, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-15', 28, NULL, NULL, 0, 60, 29, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-16', 28, NULL, NULL, 0, 50, 26, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-17', 28, NULL, NULL, 0, 50, 26, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-18', 28, NULL, NULL, 0, 50, 26, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-19', 28, NULL, NULL, 0, 50, 26, NULL, 50, 'STABLE', 'HIGH', 1),
(2, '2026-10-20', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-21', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-22', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-23', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-24', 28, NULL, NULL, 0, 50, 26, 38, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-25', 28, NULL, NULL, 0, 50, 26, 38, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-26', 28, NULL, NULL, 0, 50, 26, 38, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-27', 28, NULL, NULL, 0, 50, 26, 38, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-28', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-29', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-30', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-10-31', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-11-01', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-11-02', 28, NULL, NULL, 0, 50, 26, 35, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-11-03', 28, NULL, NULL, 0, 50, 26, 32, 50, 'DECLINING', 'HIGH', 1),
(2, '2026-11-04', 28, NULL, NULL, 0, 50, 26, 32, 50, 'DECLINING', 'HIGH', 2),
(2, '2026-11-05', 28, NULL, NULL, 0, 50, 26, 32, 50, 'DECLINING', 'HIGH', 2),
(2, '2026-11-06', 28, NULL, NULL, 0, 50, 26, 32, 50, 'DECLINING', 'HIGH', 2);
INSERT INTO scoring_models (model_version, label, definition, created_at, reason, author) VALUES
('standard-1', 'Standard', '{"campaign_completion_target": 100, "campaign_completion_weight": 2500, "case_resolution_target": 100, "case_resolution_weight": 2500, "declining_high_below": 60, "declining_to": -5, "feature_adoption_target": 100, "feature_adoption_weight": 1500, "high_below": 40, "improving_from": 5, "label": "Standard", "login_target": 100, "login_weight": 2000, "low_from": 70, "points_per_ticket": 10, "support_ticket_weight": 1500, "tickets_per_hundred_users": false, "trend_days": 30, "version": "standard-1", "window_days": 30}', '2026-11-25 23:17:50.970193', NULL, NULL),
('targets-1', 'Targets', '{"declining_high_below": 60, "declining_to": -5, "high_below": 40, "improving_from": 5, "label": "Targets", "least_coverage": 0, "low_from": 70, "points_per_ticket": 10, "targets": {"campaign_completion": 85, "case_resolution": 90, "feature_adoption": 60, "login": 70, "support_ticket": 100}, "tickets_per_hundred_users": true, "trend_days": 30, "version": "targets-1", "weights": {"campaign_completion": 2500, "case_resolution": 2500, "feature_adoption": 1500, "login": 2000, "support_ticket": 1500}, "window_days": 30}', '2026-11-26 08:00:00', 'Realistic targets.', 'ada');
INSERT INTO scoring_runs (run_id, model_version, requested_by, started_at, finished_at, first_day, last_day, scores) VALUES
(1, 'standard-1', 'ada', '2026-11-25 23:17:50.788344', '2026-11-25 23:17:51.648076', '2026-09-20', '2026-11-03', 90),
(2, 'standard-1', 'ada', '2026-11-25 23:17:55.723371', '2026-11-25 23:17:56.397823', '2026-11-03', '2026-11-06', 7);
INSERT INTO settled (table_name, until) VALUES
('scores', '2026-10-01'),
('usage_daily', '2026-10-01');
INSERT INTO stale (organization, first_day, last_day) VALUES
(1, '2026-11-07', '2027-01-04'),
(2, '2026-10-20', '2027-01-01');
INSERT INTO state (schema_version, data_version, is_demo) VALUES
(10, 10, false);
INSERT INTO usage_changes (import_id, organization, date, metric, old_value, new_value) VALUES
(4, 1, '2026-11-03', 'MONTHLY_ACTIVE_USERS', NULL, 40),
(4, 1, '2026-11-03', 'SUPPORT_TICKETS', 1, 2),
(6, 1, '2026-10-24', 'API_CALLS', 3400, 3),
(6, 2, '2026-10-20', 'SUPPORT_TICKETS', 0, 4),
(6, 2, '2026-10-24', 'SUPPORT_TICKETS', 0, 3);
INSERT INTO usage_daily (organization, date, daily_active_users, monthly_active_users, cases_created, cases_closed, cases_closed_on_time, campaigns_completed, campaign_response_rate, reports_generated, searches_performed, api_calls, support_tickets, import_id) VALUES
(1, '2026-09-20', NULL, 38, 0, 0, 0, NULL, 60, 0, NULL, 0, 1, 3),
(1, '2026-09-21', 21, NULL, 1, 1, 0, NULL, NULL, 1, NULL, 100, 0, 3),
(1, '2026-09-22', 22, NULL, 0, 2, 1, NULL, NULL, 2, NULL, 200, 0, 3),
(1, '2026-09-23', NULL, NULL, 1, 0, 0, NULL, NULL, 3, NULL, 300, 0, 3),
(1, '2026-09-24', 24, NULL, 0, 1, 0, NULL, NULL, 0, NULL, 400, 0, 3),
(1, '2026-09-25', 25, 39, 1, 2, 1, NULL, NULL, 1, NULL, 500, 0, 3),
(1, '2026-09-26', NULL, NULL, 0, 0, 0, NULL, NULL, 2, NULL, 600, 0, 3),
(1, '2026-09-27', 20, NULL, 1, 1, 0, NULL, NULL, 3, NULL, 700, 0, 3),
(1, '2026-09-28', 21, NULL, 0, 2, 1, NULL, NULL, 0, NULL, 800, 0, 3),
(1, '2026-09-29', NULL, NULL, 1, 0, 0, NULL, 69, 1, NULL, 900, 0, 3),
(1, '2026-09-30', 23, 40, 0, 1, 0, NULL, NULL, 2, NULL, 1000, 0, 3),
(1, '2026-10-01', 24, NULL, 1, 2, 1, NULL, NULL, 3, NULL, 1100, 1, 3),
(1, '2026-10-02', NULL, NULL, 0, 0, 0, NULL, NULL, 0, NULL, 1200, 0, 3),
(1, '2026-10-03', 26, NULL, 1, 1, 0, NULL, NULL, 1, NULL, 1300, 0, 3),
(1, '2026-10-04', 20, NULL, 0, 2, 1, NULL, NULL, 2, NULL, 1400, 0, 3),
(1, '2026-10-05', NULL, 41, 1, 0, 0, NULL, NULL, 3, NULL, 1500, 0, 3),
(1, '2026-10-06', 22, NULL, 0, 1, 0, NULL, NULL, 0, NULL, 1600, 0, 3),
(1, '2026-10-07', 23, NULL, 1, 2, 1, NULL, NULL, 1, NULL, 1700, 0, 3),
(1, '2026-10-08', NULL, NULL, 0, 0, 0, NULL, 78, 2, NULL, 1800, 0, 3),
(1, '2026-10-09', 25, NULL, 1, 1, 0, NULL, NULL, 3, NULL, 1900, 0, 3),
(1, '2026-10-10', 26, 43, 0, 2, 1, NULL, NULL, 0, NULL, 2000, 0, 3),
(1, '2026-10-11', NULL, NULL, 1, 0, 0, NULL, NULL, 1, NULL, 2100, 0, 3),
(1, '2026-10-12', 21, NULL, 0, 1, 0, NULL, NULL, 2, NULL, 2200, 1, 3),
(1, '2026-10-13', 22, NULL, 1, 2, 1, NULL, NULL, 3, NULL, 2300, 0, 3),
(1, '2026-10-14', NULL, NULL, 0, 0, 0, NULL, NULL, 0, NULL, 2400, 0, 3),
(1, '2026-10-15', 24, 44, 1, 1, 0, NULL, NULL, 1, NULL, 2500, 0, 3),
(1, '2026-10-16', 25, NULL, 0, 2, 1, NULL, NULL, 2, NULL, 2600, 0, 3),
(1, '2026-10-17', NULL, NULL, 1, 0, 0, NULL, 87, 3, NULL, 2700, 0, 3),
(1, '2026-10-18', 20, NULL, 0, 1, 0, NULL, NULL, 0, NULL, 2800, 0, 3),
(1, '2026-10-19', 21, NULL, 1, 2, 1, NULL, NULL, 1, NULL, 2900, 0, 3),
(1, '2026-10-20', NULL, 45, 0, 0, 0, NULL, NULL, 2, NULL, 3000, 0, 3),
(1, '2026-10-21', 23, NULL, 1, 1, 0, NULL, NULL, 3, NULL, 3100, 0, 3),
(1, '2026-10-22', 24, NULL, 0, 2, 1, NULL, NULL, 0, NULL, 3200, 0, 3),
(1, '2026-10-23', NULL, NULL, 1, 0, 0, NULL, NULL, 1, NULL, 3300, 1, 3),
(1, '2026-10-24', 26, NULL, 0, 1, 0, NULL, NULL, 2, NULL, 3, 0, 3),
(1, '2026-10-25', 20, 46, 1, 2, 1, NULL, NULL, 3, NULL, 3500, 0, 3),
(1, '2026-10-26', NULL, NULL, 0, 0, 0, NULL, 96, 0, NULL, 3600, 0, 3),
(1, '2026-10-27', 22, NULL, 1, 1, 0, NULL, NULL, 1, NULL, 3700, 0, 3),
(1, '2026-10-28', 23, NULL, 0, 2, 1, NULL, NULL, 2, NULL, 3800, 0, 3),
(1, '2026-10-29', NULL, NULL, 1, 0, 0, NULL, NULL, 3, NULL, 3900, 0, 3),
(1, '2026-10-30', 25, 48, 0, 1, 0, NULL, NULL, 0, NULL, 4000, 0, 3),
(1, '2026-10-31', 26, NULL, 1, 2, 1, NULL, NULL, 1, NULL, 4100, 0, 3),
(1, '2026-11-01', NULL, NULL, 0, 0, 0, NULL, NULL, 2, NULL, 4200, 0, 3),
(1, '2026-11-02', 21, NULL, 1, 1, 0, NULL, NULL, 3, NULL, 4300, 0, 3),
(1, '2026-11-03', 22, 40, 0, 2, 1, NULL, NULL, 0, NULL, 4400, 2, 3),
(1, '2026-11-04', NULL, 40, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, 4),
(1, '2026-11-05', NULL, 40, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, 4),
(1, '2026-11-06', NULL, 40, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, 4),
(2, '2026-09-20', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 3),
(2, '2026-09-22', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 14, 1, 3),
(2, '2026-09-24', 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 28, 0, 3),
(2, '2026-09-26', 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 42, 0, 3),
(2, '2026-09-28', 6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 56, 1, 3),
(2, '2026-09-30', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 70, 0, 3),
(2, '2026-10-02', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 84, 0, 3),
(2, '2026-10-04', 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 98, 1, 3),
(2, '2026-10-06', 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 112, 0, 3),
(2, '2026-10-08', 6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 126, 0, 3),
(2, '2026-10-10', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 140, 1, 3),
(2, '2026-10-12', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 154, 0, 3),
(2, '2026-10-14', 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 168, 0, 3),
(2, '2026-10-16', 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 182, 1, 3),
(2, '2026-10-18', 6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 196, 0, 3),
(2, '2026-10-20', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 210, 4, 3),
(2, '2026-10-22', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 224, 1, 3),
(2, '2026-10-24', 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 238, 3, 3),
(2, '2026-10-26', 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 252, 0, 3),
(2, '2026-10-28', 6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 266, 1, 3),
(2, '2026-10-30', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 280, 0, 3),
(2, '2026-11-01', 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 294, 0, 3),
(2, '2026-11-03', 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 308, 1, 3);
INSERT INTO usage_span (organization, first_date, last_date) VALUES
(1, '2026-09-20', '2026-11-06'),
(2, '2026-09-20', '2026-11-03');
