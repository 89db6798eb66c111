"""Files and pictures that customers and agents send each other."""
