"""dub: a film and its subtitles in, a dubbed film out."""

__version__ = "0.1.0"
