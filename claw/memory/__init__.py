"""What the household has told Claw and what Claw has seen of its habits: typed, sourced, searchable, forgettable."""
