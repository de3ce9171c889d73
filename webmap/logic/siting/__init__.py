"""Where the next stations should be: the question, the answer with its proof, and the job that asks it."""
