"""What each way of travel may use, and how fast: the rows below are the rules, to be read like a timetable.

A row of the first table names the class of road (OpenStreetMap's highway=...), its other tags, and for each way of
travel the speed in km/h: ``15`` in both directions, ``> 15`` only the way the street is drawn, ``< 15`` only against
it, ``-`` closed. The last column is the what-if of e-bikes at 25 km/h.

Where the program follows OpenStreetMap's documentation it is that of the wiki pages Key:access, Key:highway,
Key:oneway, Key:barrier, Tag:route=ferry and "OSM tags for routing/Access restrictions"; where it goes its own way, a
line above the rows says why.
"""

import pytest

from geo.errors import InputError
from geo.network.modes import (
    ALL_MODES,
    KEPT_TAGS,
    MODES,
    _size,
    can_stop,
    check_mode,
    edge_speeds,
    load_modes,
    node_is_open,
)

WAYS = """
                                   |                                                     | walk  | ebike | coach | at 25
-- by class of road
side street                        | residential                                         | 4.3   | 15    | 20    | 25
main road                          | primary                                             | 4.3   | 15    | 50    | 25
national road                      | trunk                                               | 4.3   | 15    | 60    | 25
motorway                           | motorway                                            | -     | -     | > 80  | -
ramp of a motorway                 | motorway_link, oneway=yes                           | -     | -     | > 50  | -
no slow traffic                    | trunk, motorroad=yes                                | -     | -     | 60    | -
the same, with a pavement          | trunk, motorroad=yes, foot=yes                      | 4.3   | -     | 60    | -
lane inside a housing estate       | living_street                                       | 4.3   | 12    | 10    | 12
drive, parking aisle               | service                                             | 4.3   | 12    | 15    | 12
pavement                           | footway                                             | 4.3   | -     | -     | -
pedestrian street                  | pedestrian                                          | 4.3   | -     | -     | -
square drawn as an area            | pedestrian, area=yes                                | 4.3   | -     | -     | -
car park drawn as an area          | service, area=yes                                   | 4.3   | -     | -     | -
cycleway                           | cycleway                                            | -     | 15    | -     | 25
cycleway that walkers share        | cycleway, foot=yes                                  | 4.3   | 15    | -     | 25
bridleway                          | bridleway                                           | -     | -     | -     | -
small path                         | path                                                | 4.3   | 8     | -     | 8
field track                        | track                                               | 4.3   | 8     | -     | 8
way through a building             | corridor                                            | 4.3   | -     | -     | -
lift                               | elevator                                            | 4.3   | -     | -     | -
under construction                 | construction                                        | -     | -     | -     | -
under construction, marked open    | construction, access=yes                            | -     | -     | -     | -
only planned                       | proposed                                            | -     | -     | -     | -
race track                         | raceway                                             | -     | -     | -     | -
not a street at all                | railway=rail                                        | -     | -     | -     | -
tunnel of a road                   | primary, tunnel=yes                                 | 4.3   | 15    | 50    | 25
bridge of a road                   | primary, bridge=yes                                 | 4.3   | 15    | 50    | 25
footbridge                         | footway, bridge=yes                                 | 4.3   | -     | -     | -
-- steps (an e-bike is too heavy to push up stairs, ramp or no ramp)
stairs                             | steps                                               | 2.16  | -     | -     | -
stairs with a ramp for bicycles    | steps, ramp:bicycle=yes                             | 2.16  | -     | -     | -
stairs, bicycles may be pushed     | steps, bicycle=dismount                             | 2.16  | -     | -     | -
stairs marked for bicycles         | steps, bicycle=yes                                  | 2.16  | -     | -     | -
-- access: who may come in (of destination, customers, permit and use_sidepath see test_areas.py)
private road                       | service, access=private                             | -     | -     | -     | -
road closed to all                 | residential, access=no                              | -     | -     | -     | -
for residents                      | residential, access=residents                       | -     | -     | -     | -
military road                      | service, access=military                            | -     | -     | -     | -
for the fire brigade               | service, access=emergency                           | -     | -     | -     | -
for farmers                        | track, access=agricultural                          | -     | -     | -     | -
for farmers, walkers welcome       | track, access=agricultural, foot=yes                | 4.3   | -     | -     | -
for who has business there         | residential, access=destination                     | 4.3   | 15    | 20    | 25
for customers                      | service, access=customers                           | 4.3   | 12    | 15    | 12
owner and customers                | service, access=private;customers                   | 4.3   | 12    | 15    | 12
for farmers and foresters          | track, access=agricultural;forestry                 | -     | -     | -     | -
for residents and bicycles         | residential, access=residents, bicycle=no;dismount  | -     | 4.3   | -     | 4.3
for who asked for a permit         | service, access=permit                              | 4.3   | 12    | 15    | 12
open until the owner says no       | service, access=permissive                          | 4.3   | 12    | 15    | 12
deliveries only: riders deliver    | pedestrian, vehicle=delivery, bicycle=delivery      | 4.3   | 10    | -     | 10
only deliveries may drive          | residential, motor_vehicle=delivery                 | 4.3   | 15    | -     | 25
unknown word: counts as no tag     | residential, access=perhaps                         | 4.3   | 15    | 20    | 25
private, but walkers may           | service, access=private, foot=yes                   | 4.3   | -     | -     | -
private, but bicycles may          | service, access=private, bicycle=yes                | -     | 12    | -     | 12
no motor vehicles                  | residential, motor_vehicle=no                       | 4.3   | 15    | -     | 25
no vehicles: a bicycle is one      | residential, vehicle=no                             | 4.3   | -     | -     | -
no vehicles but bicycles           | residential, vehicle=no, bicycle=yes                | 4.3   | 15    | -     | 25
no walkers                         | primary, foot=no                                    | -     | 15    | 50    | 25
no bicycles                        | primary, bicycle=no                                 | 4.3   | -     | 50    | -
road with a cycle track beside it  | primary, bicycle=use_sidepath                       | 4.3   | 15    | 50    | 25
push the bicycle                   | footway, bicycle=dismount                           | 4.3   | 4.3   | -     | 4.3
push it against the one-way too    | residential, bicycle=dismount, oneway=yes           | 4.3   | 4.3   | > 20  | 4.3
no pushing on a motorway           | motorway, bicycle=dismount                          | -     | -     | > 80  | -
pavement that bicycles share       | footway, bicycle=yes                                | 4.3   | 10    | -     | 10
pedestrian street bicycles share   | pedestrian, bicycle=permissive                      | 4.3   | 10    | -     | 10
motorway marked open to all        | motorway, access=yes                                | -     | -     | > 80  | -
motorway marked for bicycles       | motorway, bicycle=yes                               | -     | -     | > 80  | -
street for public buses only       | residential, motor_vehicle=no, bus=yes              | 4.3   | 15    | -     | 25
street without public buses        | residential, bus=no                                 | 4.3   | 15    | 20    | 25
tour coaches let in                | service, motor_vehicle=no, tourist_bus=yes          | 4.3   | 12    | 15    | 12
coaches let in                     | service, motor_vehicle=no, coach=yes                | 4.3   | 12    | 15    | 12
tour coaches kept out              | primary, tourist_bus=no                             | 4.3   | 15    | -     | 25
pedestrian street, coaches let in  | pedestrian, tourist_bus=destination                 | 4.3   | -     | 10    | -
-- one-way streets (they bind vehicles, not walkers)
one way                            | primary, oneway=yes                                 | 4.3   | > 15  | > 50  | > 25
one way, written 1                 | primary, oneway=1                                   | 4.3   | > 15  | > 50  | > 25
one way against the drawing        | primary, oneway=-1                                  | 4.3   | < 15  | < 50  | < 25
both ways                          | primary, oneway=no                                  | 4.3   | 15    | 50    | 25
changes with the hour: unknown     | primary, oneway=reversible                          | 4.3   | -     | -     | -
in turn, by a signal               | primary, oneway=alternating                         | 4.3   | 15    | 50    | 25
one way, not for bicycles          | primary, oneway=yes, oneway:bicycle=no              | 4.3   | 15    | > 50  | 25
one way for bicycles only          | primary, oneway:bicycle=yes                         | 4.3   | > 15  | 50    | > 25
one way, bicycles the other way    | primary, oneway=yes, oneway:bicycle=-1              | 4.3   | < 15  | > 50  | < 25
one way, cycle lane against it     | primary, oneway=yes, cycleway=opposite_lane         | 4.3   | 15    | > 50  | 25
one way, bicycles against, no lane | primary, oneway=yes, cycleway=opposite              | 4.3   | 15    | > 50  | 25
one way, track against, left       | primary, oneway=yes, cycleway:left=opposite_track   | 4.3   | 15    | > 50  | 25
drawn backwards, lane against it   | primary, oneway=-1, cycleway=opposite_lane          | 4.3   | 15    | < 50  | 25
one way, cycle lane along it       | primary, oneway=yes, cycleway=lane                  | 4.3   | > 15  | > 50  | > 25
a word on bicycles beats the lane  | primary, oneway:bicycle=yes, cycleway=opposite      | 4.3   | > 15  | 50    | > 25
roundabout                         | primary, junction=roundabout                        | 4.3   | > 15  | > 50  | > 25
circular square                    | primary, junction=circular                          | 4.3   | > 15  | > 50  | > 25
roundabout, bicycles both ways     | primary, junction=roundabout, oneway:bicycle=no     | 4.3   | 15    | > 50  | 25
motorway drawn as two-way          | motorway, oneway=no                                 | -     | -     | 80    | -
one way for walkers                | footway, oneway:foot=yes                            | > 4.3 | -     | -     | -
one-way pavement: binds bicycles   | footway, oneway=yes, bicycle=yes                    | 4.3   | > 10  | -     | > 10
-- speed limits bind the coach; walkers and e-bikes are below them
limit 30                           | primary, maxspeed=30                                | 4.3   | 15    | 30    | 25
limit above a coach's speed        | primary, maxspeed=100                               | 4.3   | 15    | 50    | 25
limit in miles                     | primary, maxspeed=20 mph                            | 4.3   | 15    | 32.2  | 25
a word instead of a limit          | primary, maxspeed=none                              | 4.3   | 15    | 50    | 25
-- e-bikes have a tag of their own
cycleway without e-bikes           | cycleway, electric_bicycle=no                       | -     | -     | -     | -
pavement that e-bikes share        | footway, electric_bicycle=yes                       | 4.3   | 10    | -     | 10
no bicycles but e-bikes            | residential, bicycle=no, electric_bicycle=yes       | 4.3   | 15    | 20    | 25
-- one direction alone
bicycles against the one-way       | primary, oneway=yes, bicycle:backward=yes           | 4.3   | 15    | > 50  | 25
bicycles only against the drawing  | residential, bicycle:forward=no                     | 4.3   | < 15  | 20    | < 25
e-bikes one way only               | residential, electric_bicycle:backward=no           | 4.3   | > 15  | 20    | > 25
bicycles one way only              | residential, bicycle:backward=no                    | 4.3   | > 15  | 20    | > 25
no motor vehicles one way          | residential, motor_vehicle:backward=no              | 4.3   | 15    | > 20  | 25
no vehicles one way but bicycles   | residential, vehicle:backward=no, bicycle=yes       | 4.3   | 15    | > 20  | 25
a general word opens no one-way    | residential, oneway=yes, vehicle:backward=yes       | 4.3   | > 15  | > 20  | > 25
walkers only against the drawing   | footway, foot:forward=no                            | < 4.3 | -     | -     | -
walkers one way only               | footway, foot:backward=no                           | > 4.3 | -     | -     | -
closed to walkers but one way      | primary, foot=no, foot:forward=yes                  | > 4.3 | 15    | 50    | 25
one way, lane against it           | primary, oneway=yes, cycleway=lane, cycleway:oneway=no| 4.3  | 15    | > 50  | 25
track left, both ways | primary, oneway=1, cycleway:left=track, cycleway:left:oneway=no| 4.3 | 15 | > 50 | 25
lane right, against   | primary, oneway=1, cycleway:right=lane, cycleway:right:oneway=-1| 4.3 | 15 | > 50 | 25
lanes, both ways      | primary, oneway=1, cycleway:both=lane, cycleway:both:oneway=no| 4.3 | 15 | > 50 | 25
lane right, along     | primary, oneway=1, cycleway:right=lane, cycleway:right:oneway=yes| 4.3 | > 15 | > 50 | > 25
no lane at all        | primary, oneway=1, cycleway:left=no, cycleway:left:oneway=no| 4.3 | > 15 | > 50 | > 25
escalator up                       | steps, conveying=forward                            | > 2.16| -     | -     | -
escalator down                     | steps, conveying=backward                           | < 2.16| -     | -     | -
escalator that turns with the hour | steps, conveying=reversible                         | -     | -     | -     | -
escalator, written as one way       | steps, conveying=yes, oneway=yes                     | > 2.16| -     | -     | -
-- on foot where there is no street
platform                           | railway=platform                                    | 4.3   | -     | -     | -
bus platform                       | public_transport=platform                           | 4.3   | -     | -     | -
corridor drawn without a highway   | indoor=corridor                                     | 4.3   | -     | -     | -
pier                               | man_made=pier                                       | 4.3   | -     | -     | -
-- what a coach has no room on
alley                              | service, service=alley                              | 4.3   | 12    | -     | 12
drive-through of a restaurant      | service, service=drive-through                      | 4.3   | 12    | -     | 12
aisle of a car park                | service, service=parking_aisle                      | 4.3   | 12    | -     | 12
for the fire brigade alone         | service, service=emergency_access                   | 4.3   | 12    | -     | 12
drive of a garage                  | service, service=driveway                           | 4.3   | 12    | 15    | 12
low bridge                         | primary, maxheight=3.5                              | 4.3   | 15    | -     | 25
low bridge in feet                 | primary, maxheight=12'3"                            | 4.3   | 15    | -     | 25
high enough                        | primary, maxheight=4.2 m                            | 4.3   | 15    | 50    | 25
weak bridge                        | primary, maxweight=7.5                              | 4.3   | 15    | -     | 25
narrow lane                        | residential, maxwidth=2.3                           | 4.3   | 15    | -     | 25
no limit signed                    | primary, maxheight=default                          | 4.3   | 15    | 50    | 25
-- ferries
ferry, no duration                 | route=ferry                                         | 6     | 6     | -     | 6
ferry: 600 m in 10 minutes         | route=ferry, ferry_mps=1.000                        | 3.6   | 3.6   | -     | 3.6
ferry that takes vehicles          | route=ferry, motor_vehicle=yes                      | 6     | 6     | 6     | 6
ferry without bicycles             | route=ferry, bicycle=no                             | 6     | -     | -     | -
ferry for cars only                | route=ferry, foot=no, bicycle=no, motor_vehicle=yes | -     | -     | 6     | -
works ferry                        | route=ferry, access=private                         | -     | -     | -     | -
"""

BARRIERS = """
                                   |                                                     | walk   | ebike  | coach
-- what one finds across a way; a gate without a word about access is passed, as every router does
gate                               | barrier=gate                                        | passes | passes | passes
gate of a private road             | barrier=gate, access=private                        | stops  | stops  | stops
gate closed to all                 | barrier=gate, access=no                             | stops  | stops  | stops
private gate, walkers may          | barrier=gate, access=private, foot=yes              | passes | stops  | stops
private gate, bicycles may too     | barrier=gate, access=private, foot=yes, bicycle=yes | passes | passes | stops
gate that keeps motor vehicles out | barrier=gate, motor_vehicle=no                      | passes | passes | stops
boom                               | barrier=lift_gate                                   | passes | passes | passes
swing gate                         | barrier=swing_gate                                  | passes | passes | passes
toll booth                         | barrier=toll_booth                                  | passes | passes | passes
border post                        | barrier=border_control                              | passes | passes | passes
cattle grid                        | barrier=cattle_grid                                 | passes | passes | passes
kerb                               | barrier=kerb                                        | passes | passes | passes
opening in a wall                  | barrier=entrance                                    | passes | passes | passes
-- what stops wide vehicles
bollards                           | barrier=bollard                                     | passes | passes | stops
bollards, down for coaches         | barrier=bollard, tourist_bus=yes                    | passes | passes | passes
blocks of concrete                 | barrier=block                                       | passes | passes | stops
concrete wall pieces               | barrier=jersey_barrier                              | passes | passes | stops
chain against motor vehicles       | barrier=chain                                       | passes | passes | stops
flower tubs                        | barrier=planter                                     | passes | passes | stops
bar at the height of a car         | barrier=height_restrictor                           | passes | passes | stops
barrier that slows bicycles        | barrier=cycle_barrier                               | passes | passes | stops
barrier against motorcycles        | barrier=motorcycle_barrier                          | passes | passes | stops
trap that only public buses pass   | barrier=bus_trap                                    | passes | passes | stops
-- what stops whoever is on wheels
stile                              | barrier=stile                                       | passes | stops  | stops
kissing gate                       | barrier=kissing_gate                                | passes | stops  | stops
turnstile                          | barrier=turnstile                                   | passes | stops  | stops
tree trunk                         | barrier=log                                         | passes | stops  | stops
rubble                             | barrier=debris                                      | passes | stops  | stops
turnstile, bicycles let through    | barrier=turnstile, bicycle=yes                      | passes | passes | stops
push the bicycle through           | barrier=turnstile, bicycle=dismount                 | passes | passes | stops
-- what stops everybody, unless a tag says otherwise
turnstile as high as a man         | barrier=full-height_turnstile                       | stops  | stops  | stops
wall                               | barrier=wall                                        | stops  | stops  | stops
fence                              | barrier=fence                                       | stops  | stops  | stops
hedge                              | barrier=hedge                                       | stops  | stops  | stops
city wall                          | barrier=city_wall                                   | stops  | stops  | stops
fence with a way through on foot   | barrier=fence, foot=yes                             | passes | stops  | stops
-- locked
locked gate                        | barrier=gate, locked=yes                            | stops  | stops  | stops
locked gate, walkers have a door   | barrier=gate, locked=yes, foot=yes                  | passes | stops  | stops
-- how high a bar is
bar at 2.2 m                       | barrier=height_restrictor, maxheight=2.2            | passes | passes | stops
bar at 4.5 m                       | barrier=height_restrictor, maxheight=4.5            | passes | passes | passes
-- no barrier
corner with nothing on it          |                                                     | passes | passes | passes
"""


def rows(table):
    """Return a table's rows: (what it is, tags, cells)."""
    found = []
    for line in table.strip("\n").splitlines()[1:]:
        if line.startswith("--"):
            continue
        what, tags, *cells = (cell.strip() for cell in line.split("|"))
        words = [tag if "=" in tag else f"highway={tag}" for tag in tags.split(", ") if tag]
        pairs = dict(word.split("=", 1) for word in words)
        found.append(pytest.param(pairs, cells, id=what))
    return found


def speeds(cell):
    """Return the cell's (speed along, speed against)."""
    if cell == "-":
        return 0.0, 0.0
    direction, _, number = cell.rpartition(" ")
    speed = float(number)
    return (0.0 if direction == "<" else speed), (0.0 if direction == ">" else speed)


@pytest.mark.parametrize(("tags", "cells"), rows(WAYS))
def test_a_way_is_as_fast_and_as_open_as_the_table_says(tags, cells):
    rules = load_modes()
    for mode, cell in zip(("walk", "ebike", "coach", "ebike_25"), cells, strict=True):
        assert edge_speeds(tags, rules[mode]) == pytest.approx(speeds(cell), abs=0.05), mode


@pytest.mark.parametrize(("tags", "cells"), rows(BARRIERS))
def test_a_barrier_stops_whom_the_table_says(tags, cells):
    rules = load_modes()
    for mode, cell in zip(MODES, cells, strict=True):
        assert node_is_open(tags, rules[mode]) == {"passes": True, "stops": False}[cell], mode


@pytest.mark.parametrize("table", [WAYS, BARRIERS], ids=["ways", "barriers"])
def test_the_loader_keeps_every_tag_that_changes_an_answer(table):
    # A tag that is dropped on loading cannot decide anything: the answers must be the same without it.
    rules = load_modes()
    for row in rows(table):
        tags, _ = row.values
        kept = {key: value for key, value in tags.items() if key in KEPT_TAGS}
        for mode in ALL_MODES:
            assert edge_speeds(kept, rules[mode]) == edge_speeds(tags, rules[mode]), row.id
            assert node_is_open(kept, rules[mode]) == node_is_open(tags, rules[mode]), row.id


def test_the_what_if_is_never_among_the_modes_people_choose_from():
    assert MODES == ("walk", "ebike", "coach")
    assert set(ALL_MODES) - set(MODES) == {"ebike_25", "minibus"}


def test_an_e_bike_rides_nowhere_faster_than_the_law_allows_in_a_cycle_lane():
    # Road Traffic Safety Law, article 58: 15 km/h. Only the labelled what-if goes beyond, to GB 17761-2024's 25.
    assert max(load_modes()["ebike"].highway.values()) == 15.0
    assert max(load_modes()["ebike_25"].highway.values()) == 25.0


def test_an_unknown_mode_is_refused_with_the_modes_there_are():
    with pytest.raises(InputError, match="walk, ebike, coach"):
        check_mode("car")


@pytest.mark.parametrize(
    ("tags", "coach"),
    [
        ({"highway": "primary"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway_link"}, False),
        ({"highway": "trunk", "motorroad": "yes"}, False),
        ({"highway": "trunk", "motorroad": "no"}, True),
    ],
)
def test_coaches_stop_on_no_motorway_and_walkers_anywhere(tags, coach):
    rules = load_modes()
    assert can_stop(tags, rules["coach"]) is coach
    assert can_stop(tags, rules["walk"])


def test_a_minibus_passes_where_a_coach_has_no_room():
    rules = load_modes()
    for tags in ({"maxheight": "3.0"}, {"maxwidth": "2.3"}, {"maxweight": "7.5"}, {"maxlength": "9"}):
        way = {"highway": "residential"} | tags
        assert edge_speeds(way, rules["coach"]) == (0.0, 0.0)
        assert edge_speeds(way, rules["minibus"]) == (20.0, 20.0)
    assert edge_speeds({"highway": "residential", "maxheight": "2.5"}, rules["minibus"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("value", "metres_or_tonnes"),
    [
        ("250 cm", 2.5),
        ("7500 kg", 7.5),
        ("10 ft", 3.048),
        ("10'6\"", 3.2004),
        ("2000 lbs", 0.907184),
        ("2 st", 1.81437),
        ("3.5 t", 3.5),
    ],
)
def test_limits_are_read_in_every_unit(value, metres_or_tonnes):
    assert _size(value) == pytest.approx(metres_or_tonnes, rel=1e-6)
