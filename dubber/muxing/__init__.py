"""Track and film to film, all else as it was."""
