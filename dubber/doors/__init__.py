"""The ways out of this computer: one door for each protocol, and what guards it."""
