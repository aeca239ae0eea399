-- name: lock_ledger
-- Makes this transaction the only one that appends to the ledger: places have no gaps and follow the order of commits.
SELECT pg_advisory_xact_lock(2, 0);

-- name: insert_entry
-- Appends an entry ($1 its text, $2 its hash); returns its place.
INSERT INTO ledger (place, entry, leaf_hash)
SELECT coalesce(max(place) + 1, 0), $1, $2 FROM ledger
RETURNING place;

-- name: list_entries
-- Entries from a place on ($1 place, $2 at most so many).
SELECT place, entry, leaf_hash FROM ledger WHERE place >= $1 ORDER BY place LIMIT $2;

-- name: list_leaves
-- The hashes of the first entries ($1 so many), in order.
SELECT leaf_hash FROM ledger WHERE place < $1 ORDER BY place;

-- name: count_entries
-- How many entries there are.
SELECT coalesce(max(place) + 1, 0) FROM ledger;

-- name: fetch_origin
-- The id of the feed, which also names the ledger.
SELECT feed_id FROM feed_head;

-- name: insert_checkpoint
-- Stores a signed checkpoint ($1 size, $2 note, $3 when), unless there is one of that size.
INSERT INTO ledger_checkpoints (size, note, signed_at) VALUES ($1, $2, $3) ON CONFLICT (size) DO NOTHING;

-- name: fetch_checkpoint
-- The checkpoint of a size ($1), or the newest if that is null.
SELECT size, note, signed_at FROM ledger_checkpoints WHERE size = coalesce($1::bigint, size) ORDER BY size DESC LIMIT 1;

-- name: list_checkpoints
-- All checkpoints, the oldest first.
SELECT size, note, signed_at FROM ledger_checkpoints ORDER BY size;

-- name: list_newest_checkpoints
-- The newest checkpoints ($1 at most so many), the newest first.
SELECT size, note, signed_at FROM ledger_checkpoints ORDER BY size DESC LIMIT $1;
