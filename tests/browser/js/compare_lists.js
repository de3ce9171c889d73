// In a page of the site: makes each list on the phone and has the server make it, and returns where they differ.
async (cases) => {
  const script = document.querySelector('script[src*="/js/rider/first.js"]').src;
  const { Keeper } = await import(new URL("../offline/keep.js", script));
  const { makeList } = await import(new URL("../offline/list.js", script));
  const words = document.getElementById("rider").dataset;
  const keeper = new Keeper(words.device);
  const device = await keeper.start();

  const plain = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/\s+/g, " ").trim();
    const attributes = [...node.attributes].map(({ name, value }) => {
      if (name !== "href" || value.includes("#")) return `${name}=${value}`;
      const address = new URL(value, location.href);
      return `href=${address.pathname}?${[...address.searchParams].map((pair) => pair.join("=")).sort().join("&")}`;
    });
    const children = [...node.childNodes].map(plain).filter(Boolean);
    return `<${node.localName} ${attributes.sort().join(" ")}>${children.join("")}</${node.localName}>`;
  };
  const read = (content) => [...content.children].map(plain).join("\n").replaceAll("><", ">\n<").split("\n");

  const differences = [];
  let compared = 0;
  const compare = (asked, server, phone) => {
    const [theirs, ours] = [read(server), read(phone)];
    compared += 1;
    if (theirs.join("\n") === ours.join("\n")) return;
    const at = theirs.findIndex((line, i) => line !== ours[i]);
    differences.push({ asked, at, server: theirs.slice(at, at + 3), phone: ours.slice(at, at + 3) });
  };
  const withoutStart = async (asked) => {
    const address = new URL(location.href);
    const { mode, kind, services, always } = asked;
    for (const [name, value] of [["mode", mode], ["kind", kind], ...services.map((each) => ["service", each])]) {
      address.searchParams.append(name, value);
    }
    if (always) address.searchParams.set("always", "1");
    const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
    compare(asked, page.getElementById("find"), makeList(device, asked, { reached: null, now: Date.now(), age: null }));
  };

  for (const { lon, lat, ...asked } of cases) {
    if (lon === null) {
      await withoutStart(asked);
      continue;
    }
    const answer = await fetch(words.list, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ lon, lat, ...asked, count: 5 }),
    });
    const now = Date.now();
    const reached = await device.nearest({ lon, lat, ...asked, count: 5, at: now });
    if (!answer.ok) {
      if (reached.snapped.edge >= 0) differences.push({ asked, server: await answer.text() });
      continue;
    }
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const startName = template.content.querySelector("[data-start-name]").textContent;
    compare(asked, template.content, makeList(device, asked, { reached, startName, now, age: null }));
  }
  return { compared, differences };
};
