"""What runs side by side: threads, processes, Dask, background calls."""
