"""Programs that a model wrote: checked, rehearsed on the twin, judged, and run in a sandbox, one call at a time."""
