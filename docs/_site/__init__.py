"""What the documentation's site takes from the program itself: keys, commands, the Python API."""
