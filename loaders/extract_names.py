"""How files of OpenStreetMap extracts are named; apart from their readers, which are slow to import."""

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
