"""A submission, in whatever state it is: its file -> cells (`notebook`) -> the statements that run (`program`)."""
