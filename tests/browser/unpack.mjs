// Unpack the headless Chromium of @sparticuz/chromium, with the libraries and fonts it brings, into node_modules/.browser.
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const root = import.meta.dirname;
const packed = join(root, "node_modules/@sparticuz/chromium/bin");
const place = join(root, "node_modules/.browser");
const fresh = `${place}.new`;

// The one that comes with the fonts names folders of a machine elsewhere.
const FONTS = `<?xml version="1.0"?>
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

async function unpack(name, target) {
  await pipeline(createReadStream(join(packed, name)), createBrotliDecompress({ chunkSize: 2 ** 21 }), target);
}

await rm(fresh, { recursive: true, force: true });
await rm(place, { recursive: true, force: true });
await mkdir(join(fresh, "fonts"), { recursive: true });
await Promise.all([
  unpack("chromium.br", createWriteStream(join(fresh, "chromium"))),
  unpack("al2023.tar.br", extract(join(fresh, "libraries"))),
  unpack("swiftshader.tar.br", extract(fresh)),
  unpack("fonts.tar.br", extract(join(fresh, "fonts"))),
]);
await writeFile(join(fresh, "fonts", "fonts.conf"), FONTS);
await chmod(join(fresh, "chromium"), 0o755);
await rename(fresh, place);
