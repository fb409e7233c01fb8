"""The ways out of this computer: REST, Gradio, deadlines, and keys that are shown to nobody."""
