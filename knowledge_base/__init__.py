"""Articles and finding them: their life and versions, import and export, encoders, index, search and decision."""
