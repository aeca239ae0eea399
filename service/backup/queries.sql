-- name: has_schema
-- Whether every table that a backup has to know of is there.
SELECT to_regclass('evidence') IS NOT NULL AND to_regclass('exports') IS NOT NULL AND to_regclass('ledger') IS NOT NULL;

-- name: export_snapshot
-- A name under which other sessions see the database exactly as this transaction does.
SELECT pg_export_snapshot();

-- name: fetch_facts
-- What a backup is compared with once it is restored: revision of the schema, size, and counts.
SELECT
    (SELECT version_num FROM alembic_version) AS revision,
    pg_database_size(current_database()) AS database_bytes,
    (SELECT count(*) FROM reports) AS reports,
    (SELECT count(*) FROM evidence) AS evidence;

-- name: stream_evidence
-- Every piece of evidence, with what it takes to read it.
SELECT number, report_id, evidence_id, media_type, size, sha256, wrapped_key, stored_at FROM evidence;

-- name: list_done_exports
-- Exports whose files are kept.
SELECT export_id FROM exports WHERE state = 'done';

-- name: fetch_feed
-- The identity of the feed.
SELECT feed_id FROM feed_head;

-- name: rename_feed
-- Gives the feed another identity ($1): what followed it before the restore must not take it for the same.
UPDATE feed_head SET feed_id = $1;

-- name: has_relations
-- Whether anybody's table, view or sequence is in the database, besides those of extensions.
SELECT EXISTS (
    SELECT FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = ANY ('{r,p,v,m,S,f}')
        AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
);

-- name: note_backup
-- Notes that everything acknowledged before a moment ($1) is in a backup.
INSERT INTO upkeep AS known (task, begun_at) VALUES ('backup', $1)
ON CONFLICT (task) DO UPDATE SET begun_at = greatest(known.begun_at, excluded.begun_at);
