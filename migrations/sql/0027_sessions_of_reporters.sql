-- Sessions of a reporter's pages that began before this are over: "sign out everywhere" needs no list of telephones.
ALTER TABLE reporters ADD COLUMN sessions_after timestamptz;
