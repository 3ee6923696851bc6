"""What a team does with a study and files: decide, observe, correct, import, export, verify."""
