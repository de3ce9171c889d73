// @ts-check
// Copy the login link that is shown once.

const box = document.getElementById("link");
const button = /** @type {HTMLButtonElement | null} */ (box?.querySelector("[data-copy]") ?? null);
const field = /** @type {HTMLInputElement | null} */ (box?.querySelector("input") ?? null);
const said = box?.querySelector("[role=status]");

if (box && button && field && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    if (said) said.textContent = box.dataset.copied ?? "";
  });
}
