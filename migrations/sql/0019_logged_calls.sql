-- Rows of call logs, each as its log tells it. Rows of several logs that tell one call have one call_number; within a log
-- every row is a call of its own, also at the same time. It takes the place of contacts, where two calls at one time were one.
CREATE TABLE logged_calls (
    number             text COLLATE "C" NOT NULL,
    reporter           bytea NOT NULL,
    evidence_id        uuid NOT NULL,                   -- the log
    place              integer NOT NULL,                -- of the row in its log
    call_number        integer NOT NULL,                -- among the reporter's calls and messages with the number
    noted_at           timestamptz NOT NULL,            -- when the log was attached: of two clocks the first counts
    started_at         timestamptz NOT NULL,
    precision_seconds  integer NOT NULL,                -- 60: the log knows only minutes
    is_call            boolean NOT NULL,                -- otherwise a message
    is_incoming        boolean NOT NULL,
    is_answered        boolean,                         -- null: the log does not tell
    seconds            integer,                         -- of a call that was answered; null: the log does not tell
    is_rounded         boolean NOT NULL,                -- the length is rounded to minutes, and seconds the least it may be
    PRIMARY KEY (number, reporter, evidence_id, place)
);

-- What a log said, as its owner is told it again: rows that could not be read, and what was asked for.
CREATE TABLE call_logs (
    number       text COLLATE "C" NOT NULL,
    report_id    uuid NOT NULL,
    evidence_id  uuid NOT NULL,
    counted      integer NOT NULL,                      -- calls and messages of the number
    unread_rows  integer NOT NULL,
    unread       jsonb NOT NULL,                        -- the first of them: code, line, column, sheet
    PRIMARY KEY (number, report_id, evidence_id)
);

-- Logs that were read before. A length that was not given was read as none then, so that nobody knows which calls were
-- not answered until the log is attached again.
INSERT INTO logged_calls
SELECT
    known.number, known.reporter, log.evidence_id,
    row_number() OVER (PARTITION BY known.number, known.reporter, log.evidence_id ORDER BY known.started_at, known.is_incoming) - 1,
    dense_rank() OVER (PARTITION BY known.number, known.reporter ORDER BY known.started_at, known.is_incoming),
    log.stored_at, known.started_at, 1, true, known.is_incoming, nullif(known.is_answered, false),
    CASE WHEN known.is_answered THEN known.seconds END, false
FROM contacts AS known
JOIN evidence AS log ON log.number = known.number AND log.evidence_id = ANY (known.evidence_ids);
