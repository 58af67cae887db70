"""From values to text. Pure: nothing here prints, reads a clock or knows a terminal."""
