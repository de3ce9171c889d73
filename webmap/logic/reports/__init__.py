"""Reports: one set of numbers (`numbers`), written as a Word document, a workbook, a GeoPackage and one web page."""
