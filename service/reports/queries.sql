-- fragment: facts
-- What a report says and weighs, in the order of `ml.day_rows.ReportFacts`; the violations come before it, since
-- supplements may add to the report's own.
is_seasoned, weight, evidence_weight, medium, caller, connected,
CASE WHEN time_known THEN extract(hour FROM occurred_at AT TIME ZONE 'Asia/Shanghai')::smallint END AS hour,
relation, opinion, script

-- fragment: reported
-- A report as it is summed up, after its violations. A reporter speaks by the report that counts, where it accuses.
number, (occurred_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day, cluster, kind, is_simulated, source_id,
is_counted, is_counted AND opinion = 'abusive' AS speaks, is_counted AND opinion = 'legitimate' AS opposes,
-- include: facts

-- fragment: day_columns
-- Counts and weights of a row of daily_signals, in the order of `ml.day_rows.DayRow`.
reports, reporters, messages, automated, one_ring, connected, quiet_hours, third_party, wrong_person, evidence,
legitimate, seasoned_for, fresh_for, seasoned_against, fresh_against, violations, hours, scripts

-- fragment: day_sums
-- These counts and weights, of what is `reported`. The same as `ml.day_rows.fold` in Python: a test compares them.
count(*) FILTER (WHERE is_counted OR opinion = 'abusive'),
count(*) FILTER (WHERE is_counted),
count(*) FILTER (WHERE speaks AND medium = 'sms'),
count(*) FILTER (WHERE speaks AND caller = 'automated'),
count(*) FILTER (WHERE speaks AND caller = 'one_ring'),
count(*) FILTER (WHERE speaks AND connected),
count(*) FILTER (WHERE speaks AND hour NOT BETWEEN 8 AND 21),
count(*) FILTER (WHERE speaks AND relation = 'third_party'),
count(*) FILTER (WHERE speaks AND relation = 'wrong_person'),
count(*) FILTER (WHERE speaks AND evidence_weight >= 1),
count(*) FILTER (WHERE opposes),
coalesce(sum(weight * evidence_weight) FILTER (WHERE speaks AND is_seasoned), 0),
coalesce(sum(weight * evidence_weight) FILTER (WHERE speaks AND NOT is_seasoned), 0),
coalesce(sum(weight * evidence_weight) FILTER (WHERE opposes AND is_seasoned), 0),
coalesce(sum(weight * evidence_weight) FILTER (WHERE opposes AND NOT is_seasoned), 0),
sum_counts(position_counts(violations)) FILTER (WHERE speaks),
sum_counts(position_counts(ARRAY[(hour / 2)::smallint])) FILTER (WHERE speaks AND hour IS NOT NULL),
kept_scripts(array_agg(script) FILTER (WHERE speaks AND script IS NOT NULL))

-- fragment: day_additions
-- The counts and weights of further reports (`excluded`) added to those of a row (`known`).
reports = known.reports + excluded.reports,
reporters = known.reporters + excluded.reporters,
messages = known.messages + excluded.messages,
automated = known.automated + excluded.automated,
one_ring = known.one_ring + excluded.one_ring,
connected = known.connected + excluded.connected,
quiet_hours = known.quiet_hours + excluded.quiet_hours,
third_party = known.third_party + excluded.third_party,
wrong_person = known.wrong_person + excluded.wrong_person,
evidence = known.evidence + excluded.evidence,
legitimate = known.legitimate + excluded.legitimate,
seasoned_for = known.seasoned_for + excluded.seasoned_for,
fresh_for = known.fresh_for + excluded.fresh_for,
seasoned_against = known.seasoned_against + excluded.seasoned_against,
fresh_against = known.fresh_against + excluded.fresh_against,
violations = coalesce(add_counts(known.violations, excluded.violations), known.violations, excluded.violations),
hours = coalesce(add_counts(known.hours, excluded.hours), known.hours, excluded.hours),
scripts = kept_scripts(known.scripts || excluded.scripts)

-- fragment: put_in_line
-- Puts the numbers of `waiting` in line for a verdict, behind live reports.
INSERT INTO changed_numbers AS known (number, is_bulk)
SELECT number, true FROM waiting ORDER BY number
ON CONFLICT (number) DO UPDATE SET version = known.version + 1

-- fragment: report_columns
-- A report as it is handed in, in the order of `NewReport`.
number, reporter, occurred_minute, report_id, source_id, cluster, kind, shown, is_simulated, medium,
occurred_at, time_known, recorded_at, duration_seconds, connected, caller, claimed_institution,
relation, violations, narrative, opinion, sealed, weight, evidence_weight, is_seasoned, script

-- name: insert_reports
-- Stores the reports that are new and adds them to the signals of their numbers: one upsert a report. What is told of a
-- number speaks with one report a reporter: a further one adds to the counts of reports alone, and only where it accuses.
-- Parameters: one array a column, in the order of the unnest below (violations as array literals), then $27 whether this
-- is a bulk load, $28 kinds that are stored and counted, never scored. Gives the ids stored: a report of the same
-- reporter, number and minute as a stored one is not among them, unless that one was retracted, whose place it then
-- takes.
WITH given AS (
    SELECT t.*,
           row_number() OVER by_reporter = 1 AS is_first,
           lag(occurred_minute) OVER by_reporter IS NOT DISTINCT FROM occurred_minute AS is_repeated
    FROM unnest(
        $1::text[], $2::bytea[], $3::timestamptz[], $4::uuid[], $5::smallint[], $6::bigint[], $7::text[],
        $8::text[], $9::boolean[], $10::text[], $11::timestamptz[], $12::boolean[], $13::timestamptz[],
        $14::integer[], $15::boolean[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[],
        $21::text[], $22::bytea[], $23::double precision[], $24::double precision[], $25::boolean[],
        $26::bigint[]
    ) AS t (
        -- include: report_columns
    )
    WINDOW by_reporter AS (PARTITION BY number, reporter ORDER BY occurred_minute)
), stored AS (
    INSERT INTO reports (
        -- include: report_columns
        , is_counted
    )
    SELECT
        number, reporter, occurred_minute, report_id, source_id, cluster, kind, shown, is_simulated, medium,
        occurred_at, time_known, recorded_at, duration_seconds, connected, caller, claimed_institution,
        relation, violations::smallint[], narrative, opinion, sealed, weight, evidence_weight, is_seasoned,
        script, is_first AND NOT EXISTS (
            SELECT FROM reports AS earlier
            WHERE earlier.number = given.number AND earlier.reporter = given.reporter AND earlier.is_counted
            OFFSET 0  -- keeps the planner from hashing the whole table instead of probing its key
        )
    FROM given
    WHERE NOT is_repeated
    ORDER BY number, reporter, occurred_minute  -- one order of locks for all writers
    ON CONFLICT (number, reporter, occurred_minute) DO UPDATE SET
        report_id = excluded.report_id, source_id = excluded.source_id, cluster = excluded.cluster,
        kind = excluded.kind, shown = excluded.shown, is_simulated = excluded.is_simulated,
        medium = excluded.medium, occurred_at = excluded.occurred_at, time_known = excluded.time_known,
        recorded_at = excluded.recorded_at, duration_seconds = excluded.duration_seconds,
        connected = excluded.connected, caller = excluded.caller,
        claimed_institution = excluded.claimed_institution, relation = excluded.relation,
        violations = excluded.violations, narrative = excluded.narrative, opinion = excluded.opinion,
        sealed = excluded.sealed, weight = excluded.weight, evidence_weight = excluded.evidence_weight,
        is_seasoned = excluded.is_seasoned, script = excluded.script, is_counted = excluded.is_counted,
        retracted_at = NULL
    WHERE reports.retracted_at IS NOT NULL
    RETURNING *
), added AS (
    INSERT INTO daily_signals AS known (
        number, on_day, cluster, kind, is_simulated, source_id,
        -- include: day_columns
    )
    SELECT
        number, on_day, cluster, min(kind), bool_or(is_simulated), max(source_id),
        -- include: day_sums
    FROM (
        SELECT
            violations,
            -- include: reported
        FROM stored
    ) AS reported
    GROUP BY number, on_day, cluster
    ORDER BY number, on_day, cluster
    ON CONFLICT (number, on_day, cluster) DO UPDATE SET
        is_simulated = known.is_simulated OR excluded.is_simulated,
        source_id = greatest(known.source_id, excluded.source_id),
        -- include: day_additions
), marked AS (
    INSERT INTO changed_numbers AS known (number, is_bulk)
    SELECT DISTINCT number, $27::boolean FROM stored
    WHERE kind <> ALL ($28::text[])
    ORDER BY number
    ON CONFLICT (number) DO UPDATE SET
        version = known.version + 1, is_bulk = known.is_bulk AND excluded.is_bulk
)
SELECT report_id FROM stored;

-- name: lock_source
-- Waits until no other transaction writes reports of a source ($1 id).
SELECT pg_advisory_xact_lock(1, $1);

-- name: fetch_report_at
-- The report that a reporter already made of a number in a minute ($1 number, $2 reporter, $3 minute).
SELECT report_id FROM reports WHERE number = $1 AND reporter = $2 AND occurred_minute = $3;

-- name: list_reports
-- A reporter's own reports, newest first ($1 reporter, $2 ids below this one, $3 at most so many).
SELECT * FROM reports
WHERE reporter = $1 AND source_id = 0 AND report_id < $2
ORDER BY report_id DESC
LIMIT $3;

-- name: fetch_report
-- One of a reporter's own reports ($1 reporter, $2 id).
SELECT * FROM reports WHERE reporter = $1 AND source_id = 0 AND report_id = $2;

-- name: list_supplements
-- What was added to a report later, in order ($1 number, $2 id).
SELECT * FROM report_supplements WHERE number = $1 AND report_id = $2 ORDER BY position;

-- name: list_findings
-- What agencies found out about reports of a reporter ($1; $2 ids), oldest first: about the report itself, with the agency's
-- note, or later about its number as a whole, without one.
SELECT reports.report_id, reports.number, agencies.title AS agency, outcomes.result, outcomes.decided_on,
    CASE WHEN outcomes.report_id IS NOT NULL THEN outcomes.note END AS note,
    outcomes.report_id IS NOT NULL AS is_about_report
FROM reports
JOIN outcomes ON outcomes.number = reports.number AND outcomes.source = 'agency' AND (
    outcomes.report_id = reports.report_id
    OR outcomes.report_id IS NULL AND confirmed_at IS NOT NULL AND outcomes.recorded_at >= reports.recorded_at
)
LEFT JOIN agencies ON agencies.name COLLATE "C" = split_part(outcomes.source_id, '/', 1)
WHERE reports.reporter = $1 AND reports.report_id = ANY ($2::uuid[])
ORDER BY outcomes.decided_on, outcomes.recorded_at, outcomes.source_id, outcomes.result, reports.report_id;

-- name: insert_supplement
-- Appends to a report ($1 number, $2 id, $3 recorded_at, $4 narrative, $5 claimed institution, $6 violations,
-- $7 encrypted, $8 at most so many); returns the position, or nothing if there are that many already.
INSERT INTO report_supplements
    (number, report_id, position, recorded_at, narrative, claimed_institution, violations, sealed)
SELECT $1, $2, count(*) + 1, $3, $4, $5, $6, $7
FROM report_supplements WHERE number = $1 AND report_id = $2
HAVING count(*) < $8::integer
RETURNING position;

-- name: retract_report
-- Marks a report as retracted ($1 number, $2 reporter, $3 id, $4 when); returns nothing if it was retracted already. One
-- that was out of use because its reporter restricts it stays so when that ends.
UPDATE reports SET retracted_at = $4, is_counted = false
WHERE number = $1 AND reporter = $2 AND report_id = $3 AND (
    retracted_at IS NULL OR retracted_at = (SELECT restricted_at FROM reporters WHERE reporters.reporter = $2)
)
RETURNING report_id;

-- name: count_reporter_again
-- After a retraction, lets a reporter's earliest remaining report of a number count ($1 number, $2 reporter).
UPDATE reports SET is_counted = true
WHERE number = $1 AND reporter = $2 AND occurred_minute = (
    SELECT min(occurred_minute) FROM reports
    WHERE number = $1 AND reporter = $2 AND retracted_at IS NULL
    HAVING NOT bool_or(is_counted)
);

-- name: delete_signals
-- First half of recomputing what one cluster reported of a number ($1 number, $2 cluster).
DELETE FROM daily_signals WHERE number = $1 AND cluster = $2;

-- name: insert_signals
-- Second half: the same sums as insert_reports keeps, from the reports themselves ($1 number, $2 cluster).
INSERT INTO daily_signals (
    number, on_day, cluster, kind, is_simulated, source_id,
    -- include: day_columns
)
SELECT
    number, on_day, cluster, min(kind), bool_or(is_simulated), max(source_id),
    -- include: day_sums
FROM (
    SELECT
        reports.violations || supplemented.violations AS violations,
        -- include: reported
    FROM reports
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT place) AS violations
        FROM report_supplements AS supplement, unnest(supplement.violations) AS place
        WHERE supplement.number = reports.number AND supplement.report_id = reports.report_id
    ) AS supplemented
    WHERE number = $1 AND cluster = $2 AND retracted_at IS NULL
) AS reported
GROUP BY number, on_day, cluster;

-- name: mark_changed
-- Asks for a new verdict of a number ($1 number).
INSERT INTO changed_numbers AS known (number, is_bulk) VALUES ($1, false)
ON CONFLICT (number) DO UPDATE SET version = known.version + 1, is_bulk = false;

-- name: lock_network
-- Waits until no other transaction registers a reporter of a network ($1 its hash), so that one sees the other.
SELECT pg_advisory_xact_lock($1);

-- name: insert_reporter
-- A new reporter ($1 pseudonym, $2 network, $3 device or null, $4 its cluster if it is the first there, $5 when).
INSERT INTO reporters (reporter, network, device, cluster, created_at)
SELECT $1, $2, $3, coalesce((
    SELECT cluster FROM (
        SELECT cluster, created_at FROM reporters WHERE network = $2
        UNION ALL
        SELECT cluster, created_at FROM reporters WHERE device = $3
    ) AS linked
    ORDER BY created_at LIMIT 1
), $4), $5;

-- name: is_reporter
-- Whether a reporter ($1 pseudonym) is known and not revoked.
SELECT true FROM reporters WHERE reporter = $1 AND revoked_at IS NULL;

-- name: is_session_good
-- Whether a reporter ($1 pseudonym) is not revoked and has not ended the sessions that began at $2.
SELECT true FROM reporters
WHERE reporter = $1 AND revoked_at IS NULL AND ($2 > sessions_after) IS NOT FALSE;

-- name: end_sessions
-- Ends all sessions of a reporter ($1 pseudonym) that began before $2.
UPDATE reporters SET sessions_after = $2 WHERE reporter = $1;

-- name: is_restricted
-- Whether a reporter ($1 pseudonym) restricts the use of the reports.
SELECT restricted_at IS NOT NULL FROM reporters WHERE reporter = $1;

-- name: lock_reporters
-- Until the transaction ends nobody else changes reports of these reporters ($1 pseudonyms): which of them counts stays
-- certain. A statement of its own, so that the next one sees what those did who held the lock before.
SELECT pg_advisory_xact_lock(substr(reporter, 1, 8)::bigint)
FROM (SELECT reporter FROM unnest($1::bytea[]) AS reporter ORDER BY reporter) AS wanted;  -- one order of locks for all

-- name: list_reporters
-- Reporters ($1 pseudonyms), how their reports turned out, and how many numbers they reported from an id on ($2,
-- counted up to $3); unknown and revoked ones are missing.
SELECT known.reporter, known.cluster, known.confirmed, known.overturned, known.created_at, known.restricted_at, (
    SELECT count(*) FROM (
        SELECT FROM reports
        WHERE reports.reporter = known.reporter AND source_id = 0 AND report_id >= $2 AND is_counted
        LIMIT $3
    ) AS recent
) AS recent_numbers
FROM reporters AS known
WHERE known.reporter = ANY ($1::bytea[]) AND known.revoked_at IS NULL;

-- name: spend_challenge
-- Marks a proof of work as used ($1 challenge, $2 its expiry); returns nothing if it was used before.
INSERT INTO spent_challenges (challenge, expires_at) VALUES ($1, $2)
ON CONFLICT DO NOTHING RETURNING true;

-- name: delete_spent_challenges
-- Forgets challenges that have expired anyway ($1 now).
DELETE FROM spent_challenges WHERE expires_at < $1;

-- fragment: source_columns
-- A source, in the order of `Source`.
source_id, name, weight, simulated, vetting

-- name: fetch_source
-- A feed by its name ($1).
SELECT
    -- include: source_columns
FROM sources WHERE name = $1;

-- name: fetch_source_by_id
-- A feed by its id ($1).
SELECT
    -- include: source_columns
FROM sources WHERE source_id = $1;

-- name: has_reports
-- Whether a feed ($1 id) has reported anything.
SELECT EXISTS (SELECT FROM reports WHERE source_id = $1);

-- name: list_vetting
-- All feeds, and what the operator decided about each; the crowd is none.
SELECT name, vetting, vetting_reason, vetting_at FROM sources WHERE source_id <> 0 ORDER BY name;

-- name: decide_vetting
-- Keeps what the operator decided about a feed ($1 id, $2 decision, $3 why, $4 when); its numbers are then to be queued.
UPDATE sources SET vetting = $2, vetting_reason = $3, vetting_at = $4, is_rescored = false WHERE source_id = $1;

-- name: list_unscored_sources
-- Sources whose numbers have yet to be queued for a verdict, and when the operator decided about each.
SELECT source_id, vetting_at FROM sources WHERE NOT is_rescored ORDER BY source_id;

-- name: queue_next_of_source
-- Puts the next numbers that a source reported in line again ($1 none of these kinds, $2 those after this one, $3 at most
-- so many, $4 the source, 0 for all numbers); returns the last of them, or nothing.
WITH waiting AS MATERIALIZED (
    SELECT DISTINCT number FROM daily_signals
    WHERE number > $2 AND kind <> ALL ($1::text[])
        AND ($4::smallint = 0 OR source_id IS NULL OR source_id = $4::smallint)
    ORDER BY number LIMIT $3
), marked AS (
    -- include: put_in_line
)
SELECT max(number) FROM waiting;

-- name: finish_rescoring
-- Notes that the numbers of a source ($1 id) are queued, unless the operator decided anew meanwhile ($2 when before).
UPDATE sources SET is_rescored = true WHERE source_id = $1 AND vetting_at IS NOT DISTINCT FROM $2;

-- name: insert_source
-- Registers a feed ($1 name, $2 weight, $3 whether simulated, $4 what its reports concern), leaving one of that
-- name as it is. Looks first: a conflict would use up one of the few ids.
INSERT INTO sources (name, weight, simulated, concerns)
SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM sources WHERE name = $1)
ON CONFLICT (name) DO NOTHING;

-- name: begin_import
-- Starts or resumes the import of a file ($1 source, $2 SHA-256, $3 format, $4 now).
INSERT INTO import_runs AS run
    (source_id, file_sha256, format, lines_done, stored, repeated, rejected, started_at)
VALUES ($1, $2, $3, 0, 0, 0, 0, $4)
ON CONFLICT (source_id, file_sha256) DO UPDATE SET format = run.format
RETURNING lines_done, stored, repeated, rejected, finished_at;

-- name: advance_import
-- Counts a batch in the transaction that stores it ($1 source, $2 SHA-256, $3 lines, $4 stored, $5 repeated,
-- $6 rejected, $7 lines done before it); returns nothing if another import of the file came in between.
UPDATE import_runs SET
    lines_done = lines_done + $3, stored = stored + $4, repeated = repeated + $5, rejected = rejected + $6
WHERE source_id = $1 AND file_sha256 = $2 AND lines_done = $7
RETURNING lines_done, stored, repeated, rejected, finished_at;

-- name: finish_import
-- Marks an import as whole ($1 source, $2 SHA-256, $3 now).
UPDATE import_runs SET finished_at = $3 WHERE source_id = $1 AND file_sha256 = $2
RETURNING lines_done, stored, repeated, rejected, finished_at;

-- name: stream_accounts
-- All reporters, with what may link them and how their reports turned out; times in seconds since 1970-01-01.
SELECT reporter, extract(epoch FROM created_at)::bigint AS signed_up_at, device, network, cluster, confirmed, overturned
FROM reporters;

-- name: stream_contacts
-- Which reporter reported which number when, since a time ($1); in seconds since 1970-01-01.
SELECT number, reporter, extract(epoch FROM recorded_at)::bigint AS at FROM reports
WHERE source_id = 0 AND is_counted AND recorded_at >= $1;

-- name: move_reporters
-- Puts reporters into other clusters ($1 pseudonyms, $2 clusters).
UPDATE reporters AS known SET cluster = moved.cluster
FROM unnest($1::bytea[], $2::bigint[]) AS moved (reporter, cluster)
WHERE known.reporter = moved.reporter;

-- name: move_reports
-- Counts what these reporters ($1 pseudonyms, $2 clusters) reported with their new clusters; returns what is to be
-- summed up again.
WITH moved AS (
    UPDATE reports SET cluster = moved.cluster
    FROM unnest($1::bytea[], $2::bigint[]) AS moved (reporter, cluster)
    WHERE reports.reporter = moved.reporter AND reports.source_id = 0 AND reports.cluster <> moved.cluster
    RETURNING reports.number, reports.kind, old.cluster AS from_cluster, new.cluster AS to_cluster
)
SELECT number, kind, from_cluster AS cluster FROM moved
UNION
SELECT number, kind, to_cluster FROM moved
ORDER BY number, cluster;
