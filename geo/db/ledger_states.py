"""The states of an entry of the ledger."""

GAP_STATES = ("todo", "talking", "approved", "building", "open", "declined")
"""待研究, 洽谈中, 已批复, 建设中, 已开放, 暂不设站."""
