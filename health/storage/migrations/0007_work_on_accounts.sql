-- What people do about a client. Nothing is deleted: a row says who removed it.
-- day is the day on the author's calendar, created_at the time in UTC.
CREATE TABLE account_calls (
    call_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    day DATE NOT NULL,
    outcome VARCHAR NOT NULL,
    sound VARCHAR,
    note VARCHAR NOT NULL,
    created_by VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    removed_by VARCHAR,
    removed_at TIMESTAMP
);
CREATE TABLE account_notes (
    note_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    day DATE NOT NULL,
    note VARCHAR NOT NULL,
    created_by VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    removed_by VARCHAR,
    removed_at TIMESTAMP
);
-- call_id: the call whose next step it is.
CREATE TABLE account_tasks (
    task_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    day DATE NOT NULL,
    due_day DATE NOT NULL,
    task VARCHAR NOT NULL,
    person VARCHAR NOT NULL,
    call_id INTEGER,
    created_by VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    done_by VARCHAR,
    done_day DATE,
    removed_by VARCHAR,
    removed_at TIMESTAMP
);
-- until_day is the last day it counts, ended_day the first one on which it does not.
-- score_day: the day of the score that stood beside it when it was set.
CREATE TABLE account_pulses (
    pulse_id INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    day DATE NOT NULL,
    level VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    until_day DATE NOT NULL,
    score_day DATE,
    created_by VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    ended_by VARCHAR,
    ended_day DATE,
    removed_by VARCHAR,
    removed_at TIMESTAMP
);
-- The call that took a client off the calls; null for what was decided without one.
ALTER TABLE decisions ADD COLUMN call_id INTEGER;

-- Who looks, as a person said in a browser: a name to sign with, and whose clients are theirs.
CREATE TABLE people_at_browsers (
    viewer VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    csm VARCHAR,
    said_at TIMESTAMP NOT NULL
);
