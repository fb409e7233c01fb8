"""Takes, plan and bed to the track: levels, ducking, loudness, stems."""
