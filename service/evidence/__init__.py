"""What reporters attach to their reports: recordings, pictures, messages, call logs; for their own eyes."""
