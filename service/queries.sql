-- name: begin_chore
-- Takes a chore that is due ($1 name, $2 now, $3 due when it was last begun before this); nothing when it is not.
INSERT INTO upkeep AS known (task, begun_at) VALUES ($1, $2)
ON CONFLICT (task) DO UPDATE SET begun_at = excluded.begun_at WHERE known.begun_at <= $3
RETURNING true;
