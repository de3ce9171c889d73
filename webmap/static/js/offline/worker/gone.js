// What stands in the place of the service worker when there is to be none: it takes away itself and all that was kept.

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) =>
  event.waitUntil(
    (async () => {
      const prefix = `fuchun ${new URL(self.registration.scope).pathname} `;
      for (const name of await caches.keys()) if (name.startsWith(prefix)) await caches.delete(name);
      await self.registration.unregister();
    })(),
  ),
);
