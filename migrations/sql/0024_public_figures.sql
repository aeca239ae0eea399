-- What is published about a week: written once, in bands, when the week has ended, and never changed.
CREATE TABLE public_figures (
    week_from     date PRIMARY KEY,                     -- a Monday in Asia/Shanghai
    computed_at   timestamptz NOT NULL,
    figures       json NOT NULL,                        -- as they are published
    held          json NOT NULL                         -- the counts behind the bands of what goes on, until they have moved
);
