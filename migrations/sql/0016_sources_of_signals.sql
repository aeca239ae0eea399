-- Which source reported what a row of signals sums up. Rows that are there already read 0, the crowd, until the next
-- revision corrects those of partners; rows that the release before still writes have none, and scoring looks it up.
ALTER TABLE daily_signals ADD COLUMN source_id smallint DEFAULT 0;
ALTER TABLE daily_signals ALTER COLUMN source_id DROP DEFAULT;

-- How many call a number legitimate, told apart from those who accuse it.
ALTER TABLE verdicts ADD COLUMN opposed_by_at_least integer NOT NULL DEFAULT 0;
