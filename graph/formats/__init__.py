"""Ways to write records down, one file each: pure, from lines to statements and from records to lines."""
