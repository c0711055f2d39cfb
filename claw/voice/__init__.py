"""Audio to text and back, and what a spoken sentence may mean: nobody is known by a voice."""
