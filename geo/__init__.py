"""Where things are and how long it takes to get there.

Pure geography: no cases, no clock, no database, no screen. Imports nothing else of Sigap.
Degrees are WGS 84 and always travel as `LonLat`, longitude first; metres are `XY` in the city's
projected CRS.
"""
