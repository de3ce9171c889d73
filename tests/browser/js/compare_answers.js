// In a page of the site: asks the phone and the server the same, and returns where they differ.
async (questions) => {
  const script = document.querySelector('script[src*="/js/rider/first.js"]').src;
  const { Keeper } = await import(new URL("../offline/keep.js", script));
  const keeper = new Keeper(document.getElementById("rider").dataset.device);
  const device = await keeper.start();
  const differences = [];
  const far = [];
  let answered = 0;
  for (const asked of questions) {
    const at = Date.now();
    const phone = await device.nearest({ ...asked, at });
    const response = await fetch("/api/v1/nearest", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...asked, at: new Date(at).toISOString() }),
    });
    const server = await response.json();
    if (!response.ok) {
      if (phone.snapped.edge >= 0) differences.push({ asked, server });
      continue;
    }
    answered += 1;
    const ours = phone.stations.map(({ place, cost, state }) => [place.code, cost, state]);
    const theirs = server.stations.map((each) => [each.code, Math.round(each.duration_s * 10), each.on_arrival]);
    // Of two ways that take the same time to the decisecond, either may be told.
    phone.stations.forEach(({ place, distance }, i) => {
      const metres = server.stations[i]?.distance_m;
      if (Math.abs(distance - metres) > 30) far.push([asked, place.code, distance, metres]);
    });
    const legs = [phone.snapped.leg, server.attached_m];
    const isSame = JSON.stringify(ours) === JSON.stringify(theirs) && Math.abs(legs[0] - legs[1]) < 0.1;
    if (!isSame) differences.push({ legs, asked, ours, theirs });
  }
  return { answered, differences, far };
};
