"""The steps of one turn, each over several rooms: judging, deciding, voicing."""
