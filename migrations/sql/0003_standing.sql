-- What reporters' past reports have earned them, what people decided about numbers, and what falls due by time.

-- Links between accounts. Until now a reporter's cluster was its network: that is where the old ones' is known from.
-- `weight` and `is_seasoned` are read by the release before this one only; both now follow from the counts.
ALTER TABLE reporters
    ADD COLUMN network bigint,                          -- keyed hash of the /24 or /48 it signed up from
    ADD COLUMN device bigint,                           -- keyed hash of what its app calls the device
    ADD COLUMN confirmed integer NOT NULL DEFAULT 0,    -- its reports that were borne out
    ADD COLUMN overturned integer NOT NULL DEFAULT 0,   -- and that were not
    ALTER COLUMN weight SET DEFAULT 0;
UPDATE reporters SET network = cluster;
CREATE INDEX reporters_by_network ON reporters (network);
CREATE INDEX reporters_by_device ON reporters (device) WHERE device IS NOT NULL;

-- What one number has earned its reporters so far; a later truth replaces it.
CREATE TABLE credits (
    number      text COLLATE "C" NOT NULL,
    reporter    bytea NOT NULL,
    confirmed   smallint NOT NULL,
    overturned  smallint NOT NULL,
    PRIMARY KEY (number, reporter)
);

-- What a person decided about a number. Appended, never changed; the newest holds.
CREATE TABLE decisions (
    number      text COLLATE "C" NOT NULL,
    decided_at  timestamptz NOT NULL,
    kind        text NOT NULL,
    decision    text NOT NULL CHECK (decision IN ('abusive', 'cleared', 'protected', 'released', 'recycled')),
    reason      text NOT NULL,
    decided_by  text NOT NULL,
    epoch_from  date,                                   -- recycled: the first day of its new owner
    PRIMARY KEY (number, decided_at),
    CHECK ((epoch_from IS NOT NULL) = (decision = 'recycled'))
);

-- The decision that a verdict took into account: one that is newer than it has yet to be.
ALTER TABLE verdicts ADD COLUMN ruled_at timestamptz;

-- What is to be done about a number: by the service once its time has come (`score` again, `settle` what its
-- reporters have earned), or by a person (`review`, since `due_at`).
CREATE TABLE agenda (
    number   text COLLATE "C" NOT NULL,
    task     text NOT NULL CHECK (task IN ('score', 'settle', 'review')),
    due_at   timestamptz NOT NULL,
    reasons  text[] NOT NULL DEFAULT '{}',              -- of a review
    PRIMARY KEY (number, task)
) WITH (fillfactor = 80);
CREATE INDEX agenda_due ON agenda (task, due_at);

-- When each of the tasks that one process of all does now and then was last begun.
CREATE TABLE upkeep (
    task      text PRIMARY KEY,
    begun_at  timestamptz NOT NULL
);
