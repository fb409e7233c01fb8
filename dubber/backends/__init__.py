"""One voice system a file; the file's name is the backend's name."""
