"""What a person changed of a film's dub: texts, voices, takes, places."""
