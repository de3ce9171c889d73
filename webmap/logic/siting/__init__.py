"""Site selection for new stations: the question, the answer with its certificate, and the job."""
