"""Departures of a tour (批次): their states, and those of what is booked for them."""

DEPARTURE_STATES = ("draft", "published", "full", "ended", "cancelled")
"""草稿, 已发布, 已满员, 已结束, 已取消."""

BOOKING_STATES = ("asked", "held", "confirmed", "paid")
"""询价, 预留, 已确认, 已付款."""

LINK_SCOPES = ("comments", "unit", "participants", "leader")
"""What a link without an account opens."""

PACES_FELT = ("tight", "right", "loose")
"""How participants found the pace of a departure."""
