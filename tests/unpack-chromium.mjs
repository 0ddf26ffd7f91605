// Unpacks Chromium, its software renderer and the libraries a bare system lacks into $TMPDIR.
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";

const packed = new URL("../bin/", import.meta.resolve("@sparticuz/chromium"));
for (const name of ["chromium.br", "swiftshader.tar.br", "al2023.tar.br"]) {
  await inflate(fileURLToPath(new URL(name, packed)));
}
