// What the scripts of browsers are checked by, beside their types (tsconfig.json).
import js from "@eslint/js";
import globals from "globals";

const rules = {
  ...js.configs.recommended.rules,
  eqeqeq: ["error", "always"],
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
  "no-var": "error",
  "prefer-const": "error",
  "no-implicit-globals": "error",
  "no-throw-literal": "error",
  "max-lines": ["error", { max: 500 }],
};

export default [
  { ignores: ["**/vendor/**", "**/node_modules/**", "var/**", ".venv/**"] },
  {
    files: ["webmap/static/js/**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals.browser } },
    rules,
  },
  {
    // The server writes VERSION, SHELL and PAGES above the service worker.
    files: ["webmap/static/js/offline/worker/*.js"],
    languageOptions: {
      sourceType: "script",
      globals: { ...globals.serviceworker, VERSION: "readonly", SHELL: "readonly", PAGES: "readonly", NOT_KEPT: "readonly" },
    },
    rules: { ...rules, "no-implicit-globals": "off" },
  },
  {
    files: ["tests/js/**/*.mjs", "eslint.config.mjs"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals.node } },
    rules,
  },
];
