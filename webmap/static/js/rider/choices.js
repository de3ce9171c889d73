// Choices of the first page: mode, kind, services. They are part of addresses: of the page, and of the choices in the list.

/** The address of the page with the choices of the list that is shown, and no start that is private. */
export function shownAddress(find) {
  return new URL(find.querySelector(".segmented [aria-current]").href);
}

/** Read the choices of an address; a mode that there is none of is the one shown. */
export function readChoices(search, find) {
  const query = new URLSearchParams(search);
  const modes = [...find.querySelectorAll(".segmented a")].map(({ href }) => new URL(href).searchParams.get("mode"));
  return {
    mode: modes.includes(query.get("mode")) ? query.get("mode") : shownAddress(find).searchParams.get("mode"),
    kind: query.get("kind") || "rest_station",
    services: [...new Set(query.getAll("service"))],
    always: query.get("always") === "1",
  };
}

/** What of an address there is something to click for, to be compared. */
export function offered(search, find) {
  const { mode, kind, services } = readChoices(search, find);
  const chips = [...find.querySelectorAll(".services a")].flatMap(({ href }) => new URL(href).searchParams.getAll("service"));
  return JSON.stringify([mode, kind, services.filter((service) => chips.includes(service))]);
}

/** What a click changes in the list that is shown, changed in the one that is on its way. */
export function pressed(link, shown, coming) {
  if (link.kind !== shown.kind) return { ...link, mode: coming.mode };
  const added = link.services.filter((service) => !shown.services.includes(service));
  const removed = shown.services.filter((service) => !link.services.includes(service));
  return {
    mode: link.mode === shown.mode ? coming.mode : link.mode,
    kind: coming.kind,
    services: [...new Set([...coming.services, ...added])].filter((service) => !removed.includes(service)),
    always: link.always === shown.always ? coming.always : link.always,
  };
}
