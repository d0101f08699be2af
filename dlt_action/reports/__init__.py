"""Reports: each a function of one `Record` to text."""
