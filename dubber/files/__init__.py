"""What lies on disk: the store, written whole; leases, outputs and the user's files, opened with care."""
