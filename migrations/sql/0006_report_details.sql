-- At what hours calls come, and which scripts their reports repeat. Reports stored before have no script, and their
-- hours are counted only when their cluster's rows are summed up again.
ALTER TABLE reports ADD COLUMN script bigint;           -- fingerprint of the narrative (ml.scripts)
ALTER TABLE daily_signals
    ADD COLUMN hours integer[],                         -- reports whose time is known, by two hours of the day
    ADD COLUMN scripts bigint[];                        -- of reports with a narrative, in no order

-- At most 64 scripts, so that a row does not grow with every report. The lowest: those of all reports are the
-- lowest of what was kept of each, whatever their order.
CREATE FUNCTION kept_scripts(scripts bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (array_sort(scripts))[:64] $$;
