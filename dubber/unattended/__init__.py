"""Films that are dubbed while nobody looks: seasons, watched folders, editors' exports."""
