// @ts-check
// Buttons of a page: those that copy the text of a field, and one that prints.

for (const button of document.querySelectorAll("button[data-copies]")) {
  if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
  const field = document.getElementById(button.dataset.copies ?? "");
  if (!(field instanceof HTMLTextAreaElement)) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done ?? "";
  });
}

const prints = document.querySelector("button[data-prints]");
if (prints instanceof HTMLButtonElement) {
  prints.hidden = false;
  prints.addEventListener("click", () => window.print());
}
