"""Sound and film as files: what starts ffmpeg, what is in a container, samples in and samples out."""
