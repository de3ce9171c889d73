// Replacement for the service worker when it is switched off: unregisters itself and deletes its caches.

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
