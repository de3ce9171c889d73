"""Building tours: from what an organiser asks for to a problem on the streets, plans, reasons and changes by hand."""
