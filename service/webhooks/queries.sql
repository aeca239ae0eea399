-- name: insert_webhook
-- Registers a webhook ($1 reporter, $2 id, $3 address and secret sealed, $4 now, $5 at most so many); nothing when
-- there are that many already.
INSERT INTO webhooks (reporter, webhook_id, sealed, created_at)
SELECT $1, $2, $3, $4
FROM webhooks WHERE reporter = $1
HAVING count(*) < $5::integer
RETURNING webhook_id;

-- name: list_webhooks
-- A reporter's ($1) webhooks, oldest first.
SELECT webhook_id, sealed, created_at, disabled_at, last_result FROM webhooks WHERE reporter = $1
ORDER BY created_at, webhook_id;

-- name: delete_webhook
-- Forgets a webhook and what waits for it ($1 reporter, $2 id); gives its id, or nothing when there is none.
WITH undelivered AS (DELETE FROM webhook_messages WHERE reporter = $1 AND webhook_id = $2)
DELETE FROM webhooks WHERE reporter = $1 AND webhook_id = $2
RETURNING webhook_id;

-- name: insert_messages
-- Puts a message in line for every webhook of a reporter that is called ($1 reporter, $2 body, $3 now).
INSERT INTO webhook_messages (reporter, message_id, webhook_id, body, created_at, next_at)
SELECT reporter, gen_random_uuid(), webhook_id, $2, $3, $3 FROM webhooks
WHERE reporter = $1 AND disabled_at IS NULL
RETURNING message_id;

-- name: insert_message
-- Puts a message in line for one webhook ($1 reporter, $2 webhook, $3 body, $4 now); nothing where there is none.
INSERT INTO webhook_messages (reporter, message_id, webhook_id, body, created_at, next_at)
SELECT reporter, gen_random_uuid(), webhook_id, $3, $4, $4 FROM webhooks
WHERE reporter = $1 AND webhook_id = $2 AND disabled_at IS NULL
RETURNING message_id;

-- name: claim_messages
-- Takes messages that are to be tried ($1 now, $2 leased until, $3 at most so many); each counts a try.
UPDATE webhook_messages AS message SET next_at = $2, tries = message.tries + 1
FROM (
    SELECT reporter, message_id FROM webhook_messages WHERE ended_at IS NULL AND next_at <= $1
    ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
JOIN webhooks USING (reporter)
WHERE message.reporter = due.reporter AND message.message_id = due.message_id
  AND webhooks.webhook_id = message.webhook_id
RETURNING message.reporter, message.message_id, message.webhook_id, message.body, message.tries, webhooks.sealed;

-- name: settle_message
-- Notes what became of a try ($1 reporter, $2 message, $3 result, $4 when to try again, $5 when it ended or null).
WITH noted AS (
    UPDATE webhook_messages SET next_at = $4, ended_at = $5, result = $3 WHERE reporter = $1 AND message_id = $2
    RETURNING reporter, webhook_id
)
UPDATE webhooks SET last_result = $3 FROM noted
WHERE webhooks.reporter = noted.reporter AND webhooks.webhook_id = noted.webhook_id;

-- name: disable_webhook
-- Calls a webhook no more ($1 reporter, $2 id, $3 now) and ends what waits for it.
WITH ended AS (
    UPDATE webhook_messages SET ended_at = $3, result = 'webhook_disabled'
    WHERE reporter = $1 AND webhook_id = $2 AND ended_at IS NULL
)
UPDATE webhooks SET disabled_at = $3 WHERE reporter = $1 AND webhook_id = $2;

-- name: delete_old_messages
-- Forgets messages that ended before $1.
DELETE FROM webhook_messages WHERE ended_at < $1;
