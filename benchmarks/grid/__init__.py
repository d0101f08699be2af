"""Ways of following an update, compared in virtual time."""

from benchmarks.grid.goals import GOALS as GOALS
from benchmarks.grid.group import TITLE as TITLE
from benchmarks.grid.group import play as play
