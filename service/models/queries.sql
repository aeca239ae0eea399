-- name: list_roles
-- The version that holds each role.
SELECT DISTINCT ON (role) role, version FROM model_changes ORDER BY role, change_id DESC;

-- name: fetch_document
-- A model ($1 version) as JSON.
SELECT document FROM models WHERE version = $1;

-- name: insert_model
-- Stores a trained model ($1 version, $2 document, $3 card, $4 figures, $5 the model it was compared with or null,
-- $6 whether it was better, $7 when); an existing one of that version is equal and stays.
INSERT INTO models (version, document, card, held_out, judged_against, is_better, trained_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (version) DO UPDATE SET
    held_out = excluded.held_out, judged_against = excluded.judged_against, is_better = excluded.is_better,
    card = excluded.card, trained_at = excluded.trained_at;

-- name: insert_change
-- Gives a role to a model ($1 role, $2 version or null, $3 when).
INSERT INTO model_changes (role, version, changed_at) VALUES ($1, $2, $3);

-- name: list_models
-- All models trained here, newest first.
SELECT version, card, held_out, judged_against, is_better, trained_at FROM models ORDER BY trained_at DESC;

-- name: list_serving_changes
-- The models that were made to serve, in that order.
SELECT version FROM model_changes WHERE role = 'serving' ORDER BY change_id;
