import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const VIEWER = "node_modules/openseadragon/build/openseadragon/openseadragon.js";
const POLICY = "../src/huegraft/web/auth.py";

/** OpenSeadragon puts one style into the page. The server's policy has to allow exactly this style. */
function checkedPolicy(): Plugin {
  return {
    name: "checked-policy",
    buildStart() {
      const source = readFileSync(VIEWER, "utf8");
      const parts = /style\.textContent =\s*((?:'[^']*'\s*\+?\s*)+);/.exec(source)?.[1];
      if (!parts) throw new Error("OpenSeadragon's style was not found: read its source, and mend this check");
      const style = [...parts.matchAll(/'([^']*)'/g)].map((part) => part[1]).join("");
      const hash = `'sha256-${createHash("sha256").update(style).digest("base64")}'`;
      if (!readFileSync(POLICY, "utf8").includes(hash)) {
        throw new Error(`the policy in ${POLICY} must have ${hash} in style-src`);
      }
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [checkedPolicy()],
  build: {
    outDir: "../src/huegraft/web/static",
    emptyOutDir: true,
    assetsDir: "static",
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
