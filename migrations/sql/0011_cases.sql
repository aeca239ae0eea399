-- Cases, what was filed with which channel, what became of it, and reminders. All of it belongs to a reporter and is
-- keyed by that: a case may be about several numbers, and nobody looks one up by a number.
CREATE TABLE cases (
    reporter         bytea NOT NULL,
    case_id          uuid NOT NULL,                     -- version 7: ordered by time
    created_at       timestamptz NOT NULL,
    respondent_kind  text NOT NULL,
    report_ids       uuid[] NOT NULL,
    sealed           bytea NOT NULL,                    -- respondent's name and own statement, encrypted
    withdrawn_at     timestamptz,
    PRIMARY KEY (reporter, case_id)
);

-- Consent to put a case together for a channel, given and taken back. Appended, never changed; the newest holds.
CREATE TABLE case_consents (
    reporter      bytea NOT NULL,
    case_id       uuid NOT NULL,
    channel       text NOT NULL,
    position      smallint NOT NULL,
    is_given      boolean NOT NULL,
    text_version  text NOT NULL,                        -- of the text that was shown
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (reporter, case_id, channel, position)
);

-- What became of a filing, as its reporter says. Appended, never changed; the newest is its state.
CREATE TABLE case_events (
    reporter     bytea NOT NULL,
    case_id      uuid NOT NULL,
    channel      text NOT NULL,
    position     smallint NOT NULL,
    event        text NOT NULL CHECK (event IN
        ('filed', 'accepted', 'supplement_asked', 'supplemented', 'answered', 'upheld', 'rejected', 'withdrawn')),
    happened_on  date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    sealed       bytea,                                 -- the channel's query code and a note, encrypted
    PRIMARY KEY (reporter, case_id, channel, position)
);

-- What a reporter is to be reminded of; planned anew with every event, gone once it has become messages.
CREATE TABLE case_reminders (
    reporter   bytea NOT NULL,
    case_id    uuid NOT NULL,
    channel    text NOT NULL,
    deadline   text NOT NULL,
    remind_at  timestamptz NOT NULL,
    due_on     date NOT NULL,
    PRIMARY KEY (reporter, case_id, channel, deadline)
);
CREATE INDEX case_reminders_due ON case_reminders (remind_at);

-- Who may read which calendar: whoever has the token, of which only the hash is kept.
CREATE TABLE case_calendars (
    token_hash  bytea PRIMARY KEY,
    reporter    bytea NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX case_calendars_by_reporter ON case_calendars (reporter);

CREATE TABLE webhooks (
    reporter     bytea NOT NULL,
    webhook_id   uuid NOT NULL,
    sealed       bytea NOT NULL,                        -- address and secret, encrypted
    created_at   timestamptz NOT NULL,
    disabled_at  timestamptz,
    last_result  text,
    PRIMARY KEY (reporter, webhook_id)
);

-- What is sent to webhooks. `next_at` is when it is tried, and while somebody tries it, when another may.
CREATE TABLE webhook_messages (
    reporter    bytea NOT NULL,
    message_id  uuid NOT NULL,
    webhook_id  uuid NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    next_at     timestamptz NOT NULL,
    tries       smallint NOT NULL DEFAULT 0,
    ended_at    timestamptz,
    result      text,
    PRIMARY KEY (reporter, message_id)
);
CREATE INDEX webhook_messages_waiting ON webhook_messages (next_at) WHERE ended_at IS NULL;
CREATE INDEX webhook_messages_ended ON webhook_messages (ended_at);
