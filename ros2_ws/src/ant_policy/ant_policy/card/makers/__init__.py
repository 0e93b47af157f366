"""Cards from the files of other tools, which name every field that such a file leaves open."""
