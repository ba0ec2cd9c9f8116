import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// What ends up in the files we serve; the tools that make them do not. zrender and tslib come with echarts.
const BUNDLED = ["@fontsource-variable/inter", "daisyui", "echarts", "htmx.org", "tailwindcss", "tslib", "zrender"];
const LICENSE = /^(licen[cs]e|notice|copying)/i;

function notice(name) {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENSE.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}

/** Writes dist/THIRD_PARTY.txt: whoever hands out the built files hands out these notices with them. */
export function notices() {
  return {
    name: "notices",
    generateBundle() {
      const found = BUNDLED.filter((name) => existsSync(join("node_modules", name)));
      this.emitFile({ type: "asset", fileName: "THIRD_PARTY.txt", source: found.map(notice).join("\n\n----\n\n") + "\n" });
    },
  };
}
