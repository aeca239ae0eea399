-- Models that were trained here. The shipped one is not among them: it comes with the code.
CREATE TABLE models (
    version     text PRIMARY KEY,
    document    json NOT NULL,                          -- as ml.classifier reads it
    card        text NOT NULL,
    held_out    json NOT NULL,                          -- figures on the slice that training did not see
    judged_against text,                                -- the model that served then; null: the shipped one
    is_better   boolean NOT NULL,                       -- than that one, on the same slice
    trained_at  timestamptz NOT NULL
);

-- Which model serves, and which runs beside it as a shadow: the newest change of a role holds. Appended only.
CREATE TABLE model_changes (
    change_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role        text NOT NULL CHECK (role IN ('serving', 'shadow')),
    version     text REFERENCES models,                 -- null: the shipped model, or no shadow
    changed_at  timestamptz NOT NULL
);
CREATE INDEX model_changes_newest ON model_changes (role, change_id);
