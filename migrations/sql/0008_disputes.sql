-- Owners of numbers, the codes by which they show control of them, and their disputes.

-- A code that was sent to a number. Whoever asked for it knows its id: nobody else can use it up.
CREATE TABLE owner_codes (
    number      text COLLATE "C" NOT NULL,
    code_id     uuid NOT NULL,
    code_hash   bytea NOT NULL,                         -- keyed hash of the six digits, number and id
    tries       smallint NOT NULL DEFAULT 0,
    sent_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (number, code_id)
);

-- Who showed control of a number, known by the keyed hash of a token only.
CREATE TABLE owners (
    number      text COLLATE "C" NOT NULL,
    owner       bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (number, owner)
);
CREATE INDEX owners_by_owner ON owners (owner);

-- An owner's appeal. `state` moves once, from `open` to what ended it.
CREATE TABLE disputes (
    number       text COLLATE "C" NOT NULL,
    dispute_id   uuid NOT NULL,
    owner        bytea,                                 -- null: the owner had it forgotten
    kind         text NOT NULL,
    reason       text NOT NULL CHECK (reason IN ('recycled', 'legitimate_business', 'never_called', 'other')),
    brings_new   boolean NOT NULL,                      -- says what is new since a dispute that was rejected
    opened_at    timestamptz NOT NULL,
    due_on       date NOT NULL,
    state        text NOT NULL CHECK (state IN ('open', 'withdrawn', 'upheld', 'rejected')),
    closed_at    timestamptz,
    explanation  text,                                  -- why it was upheld or rejected
    decided_by   text,
    PRIMARY KEY (number, dispute_id),
    CHECK ((closed_at IS NULL) = (state = 'open')),
    CHECK ((explanation IS NULL) = (state IN ('open', 'withdrawn')))
);
CREATE UNIQUE INDEX disputes_open_once ON disputes (number) WHERE state = 'open';
CREATE INDEX disputes_by_id ON disputes (dispute_id);
CREATE INDEX disputes_by_owner ON disputes (owner, opened_at) WHERE owner IS NOT NULL;
CREATE INDEX disputes_due ON disputes (due_on, dispute_id) WHERE state = 'open';

-- What the owner says, encrypted; appended, never changed.
CREATE TABLE dispute_statements (
    number       text COLLATE "C" NOT NULL,
    dispute_id   uuid NOT NULL,
    position     smallint NOT NULL,
    recorded_at  timestamptz NOT NULL,
    sealed       bytea,                                 -- null: destroyed
    PRIMARY KEY (number, dispute_id, position)
);
