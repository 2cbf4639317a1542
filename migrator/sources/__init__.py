"""From files to policies and units: reading, masking, containers, references."""
