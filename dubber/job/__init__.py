"""One film, from what the user asked for to the report: the only room that knows the order of the stages."""
