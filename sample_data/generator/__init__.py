"""What `build.py` makes the sample data of: plain records, and a writer of workbooks that always writes the same."""
