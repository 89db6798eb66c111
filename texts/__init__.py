"""Words and languages: which language a text is in, and the wording of what people see."""
