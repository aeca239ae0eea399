-- fragment: verdict_columns
-- A published verdict after its number: its place in the feed, its members in the order of `NumberVerdict`, and when.
revision, verdict, kind, score, category, reasons, reports_at_least, reporters_at_least,
first_reported_on, last_reported_on, suspected_spoofing, is_simulated, trust_probability,
trust_without_strongest, effective_clusters, model_version, ruled_at, campaign_id, opposed_by_at_least, decided_at

-- name: list_current
-- The newest verdict of each of these numbers ($1).
SELECT
    newest.number,
    -- include: verdict_columns
FROM unnest($1::text[]) AS wanted (number)
CROSS JOIN LATERAL (
    SELECT * FROM verdicts WHERE verdicts.number = wanted.number ORDER BY revision DESC LIMIT 1
) AS newest;

-- name: list_undisputed
-- The newest verdict but `disputed` of each of these numbers ($1).
SELECT
    newest.number,
    -- include: verdict_columns
FROM unnest($1::text[]) AS wanted (number)
CROSS JOIN LATERAL (
    SELECT * FROM verdicts WHERE verdicts.number = wanted.number AND verdict <> 'disputed'
    ORDER BY revision DESC LIMIT 1
) AS newest;

-- name: publish
-- Appends verdicts to the feed, in order: one array a column ($1..$19), then $20 when. The lock on the
-- feed's head, held until commit, makes revisions gap-free and visible in their order.
WITH head AS (
    UPDATE feed_head SET revision = revision + cardinality($1::text[])
    RETURNING revision - cardinality($1::text[]) AS base
)
INSERT INTO verdicts (
    number,
    -- include: verdict_columns
)
SELECT
    number, head.base + position, verdict, kind, score, category, reasons::text[], reports_at_least,
    reporters_at_least, first_reported_on, last_reported_on, suspected_spoofing, is_simulated,
    trust_probability, trust_without_strongest, effective_clusters, model_version, ruled_at, campaign_id,
    opposed_by_at_least, $20
FROM head, unnest(
    $1::text[], $2::text[], $3::text[], $4::double precision[], $5::text[], $6::text[], $7::integer[], $8::integer[],
    $9::date[], $10::date[], $11::boolean[], $12::boolean[], $13::double precision[], $14::double precision[], $15::double precision[],
    $16::text[], $17::timestamptz[], $18::text[], $19::integer[]
) WITH ORDINALITY AS t (
    number, verdict, kind, score, category, reasons, reports_at_least, reporters_at_least,
    first_reported_on, last_reported_on, suspected_spoofing, is_simulated, trust_probability,
    trust_without_strongest, effective_clusters, model_version, ruled_at, campaign_id, opposed_by_at_least, position
);

-- name: fetch_head
-- Identity and newest revisions of the feed.
SELECT feed_id, revision, keys_revision, organisations_revision FROM feed_head;

-- name: list_feed
-- The feed after a revision ($1), in order, at most $2 verdicts.
SELECT
    number,
    -- include: verdict_columns
FROM verdicts WHERE revision > $1 ORDER BY revision LIMIT $2;

-- name: stream_current
-- The newest verdict of every number, in the numbers' byte order.
SELECT DISTINCT ON (number)
    number,
    -- include: verdict_columns
FROM verdicts ORDER BY number, revision DESC;
