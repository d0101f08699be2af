"""
Jobs: what they are, how their runs play in time, and the routes to them.

`spec` reads what is asked for, `rules` says which task may start when, `runs` is what
a run is while it plays, `play` plays all of them, `work` is what the tasks do, `view`
writes runs as the API does; `definitions` and `handling` are the routes.
"""
