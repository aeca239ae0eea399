-- Calls out of telephones' logs that reporters attached. The key is the rule: the same call of the same reporter is one,
-- however many logs tell it; it is forgotten when the last of them is deleted.
CREATE TABLE contacts (
    number        text COLLATE "C" NOT NULL,
    reporter      bytea NOT NULL,
    started_at    timestamptz NOT NULL,
    is_incoming   boolean NOT NULL,
    is_answered   boolean,                              -- null: the log does not tell
    seconds       integer,                              -- of a call that was answered; null: the log does not tell
    evidence_ids  uuid[] NOT NULL,                      -- the logs that tell it
    PRIMARY KEY (number, reporter, started_at, is_incoming)
);
