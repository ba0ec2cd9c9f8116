"""
The customers of the demo and how they live, day by day.

`rules` decide, without database or clock, who they are and what happens to them; `operations` write it in sets;
`selectors` remember, from the database alone, what the world has to know to live another day. Everything is drawn
from one seed, so that the same days give the same world. No company, person or address here exists.
"""
