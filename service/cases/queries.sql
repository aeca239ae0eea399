-- name: insert_case
-- Stores a case ($1 reporter, $2 id, $3 now, $4 kind of respondent, $5 reports, $6 sealed, $7 at most so many that are
-- not withdrawn, $8 situation); nothing when there are that many.
INSERT INTO cases (reporter, case_id, created_at, respondent_kind, report_ids, sealed, situation)
SELECT $1, $2, $3, $4, $5, $6, $8
FROM cases WHERE reporter = $1 AND withdrawn_at IS NULL
HAVING count(*) < $7::integer
RETURNING case_id;

-- name: fetch_case
-- One of a reporter's own cases ($1 reporter, $2 id).
SELECT case_id, created_at, respondent_kind, report_ids, sealed, withdrawn_at, changed_at, situation FROM cases
WHERE reporter = $1 AND case_id = $2;

-- name: lock_case
-- Waits until nobody else changes a case ($1 reporter, $2 id).
SELECT FROM cases WHERE reporter = $1 AND case_id = $2 FOR UPDATE;

-- name: list_cases
-- A reporter's own cases, newest first ($1 reporter, $2 ids below this one, $3 at most so many).
SELECT case_id, created_at, respondent_kind, report_ids, sealed, withdrawn_at, changed_at, situation FROM cases
WHERE reporter = $1 AND case_id < $2
ORDER BY case_id DESC
LIMIT $3;

-- name: change_case
-- Puts others in the place of what a case said ($1 reporter, $2 id, $3 kind of respondent, $4 sealed, $5 now,
-- $6 situation).
UPDATE cases SET respondent_kind = $3, sealed = $4, changed_at = $5, situation = $6 WHERE reporter = $1 AND case_id = $2;

-- name: set_reports
-- Makes a case ($1 reporter, $2 id) of other reports ($3), $4 now.
UPDATE cases SET report_ids = $3, changed_at = $4 WHERE reporter = $1 AND case_id = $2;

-- name: withdraw_case
-- Marks a case as withdrawn ($1 reporter, $2 id, $3 now) and forgets its reminders.
WITH forgotten AS (DELETE FROM case_reminders WHERE reporter = $1 AND case_id = $2)
UPDATE cases SET withdrawn_at = $3 WHERE reporter = $1 AND case_id = $2 AND withdrawn_at IS NULL;

-- name: insert_consent
-- Appends that consent was given or taken back ($1 reporter, $2 case, $3 channel, $4 whether given, $5 version of the
-- text, $6 now).
INSERT INTO case_consents (reporter, case_id, channel, position, is_given, text_version, recorded_at)
SELECT $1, $2, $3, count(*) + 1, $4, $5, $6
FROM case_consents WHERE reporter = $1 AND case_id = $2 AND channel = $3;

-- name: list_consents
-- What was consented to, for which channel, in order ($1 reporter, $2 cases).
SELECT case_id, channel, position, is_given, text_version, recorded_at FROM case_consents
WHERE reporter = $1 AND case_id = ANY ($2::uuid[])
ORDER BY case_id, channel, position;

-- name: insert_event
-- Appends an event to a filing ($1 reporter, $2 case, $3 channel, $4 position, $5 event, $6 day, $7 now, $8 sealed,
-- $9 kind of matter, $10 review that was asked for).
INSERT INTO case_events (reporter, case_id, channel, position, event, happened_on, recorded_at, sealed, matter, review)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: list_events
-- What became of the filings of cases, in order ($1 reporter, $2 cases).
SELECT case_id, channel, position, event, happened_on, recorded_at, sealed, matter, review FROM case_events
WHERE reporter = $1 AND case_id = ANY ($2::uuid[])
ORDER BY case_id, channel, position;

-- name: list_open_cases
-- A reporter's ($1) cases that are not withdrawn.
SELECT case_id, created_at, respondent_kind, report_ids, sealed, withdrawn_at, changed_at, situation FROM cases
WHERE reporter = $1 AND withdrawn_at IS NULL
ORDER BY case_id;

-- name: delete_reminders
-- Forgets what was to be reminded of a filing ($1 reporter, $2 case, $3 channel).
DELETE FROM case_reminders WHERE reporter = $1 AND case_id = $2 AND channel = $3;

-- name: insert_reminder
-- Plans a reminder ($1 reporter, $2 case, $3 channel, $4 deadline, $5 when, $6 due on).
INSERT INTO case_reminders (reporter, case_id, channel, deadline, remind_at, due_on) VALUES ($1, $2, $3, $4, $5, $6);

-- name: take_reminders
-- Takes reminders whose time has come ($1 now, $2 at most so many).
DELETE FROM case_reminders AS reminder USING (
    SELECT reporter, case_id, channel, deadline FROM case_reminders WHERE remind_at <= $1
    ORDER BY remind_at LIMIT $2 FOR UPDATE SKIP LOCKED
) AS due
WHERE reminder.reporter = due.reporter AND reminder.case_id = due.case_id AND reminder.channel = due.channel
  AND reminder.deadline = due.deadline
RETURNING reminder.reporter, reminder.case_id, reminder.channel, reminder.deadline, reminder.due_on;

-- name: delete_calendar
-- Ends a reporter's ($1) calendar.
DELETE FROM case_calendars WHERE reporter = $1;

-- name: insert_calendar
-- Opens a calendar ($1 hash of its token, $2 reporter, $3 now).
INSERT INTO case_calendars (token_hash, reporter, created_at) VALUES ($1, $2, $3);

-- name: fetch_calendar
-- Whose calendar a token opens ($1 its hash).
SELECT reporter FROM case_calendars WHERE token_hash = $1;

-- name: count_decided
-- How many outcomes a reporter has told since a moment ($1 reporter, $2 moment).
SELECT count(*) FROM case_events WHERE reporter = $1 AND event IN ('upheld', 'rejected') AND recorded_at >= $2;
