"""What a notebook stands on: its set-up, machine, files and text. It imports datasets and what is below."""
