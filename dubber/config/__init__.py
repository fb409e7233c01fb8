"""What the user chose: profiles and their layers, and where a profile sends things."""
