// From which age on an answer is no longer called the present state: of a list that a phone made, of a page it has kept.

export const OLD_MS = 5 * 60_000;
