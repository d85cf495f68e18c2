"""The sheet of products: its columns, reading it, the form, the export, and the file of rows with problems."""
