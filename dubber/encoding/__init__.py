"""The track in segments, encoded side by side and joined as by one run of the encoder."""
