"""Reading of the lists that sellers upload and paste, whatever the feature: CSV, XLSX, or rows copied from Excel."""
