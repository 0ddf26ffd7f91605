/** `npm run build:npm [-- ROOT]`: writes the program's miniprogram_npm and prints the packages' sizes. */
import path from "node:path";
import { buildPackages } from "./packages";
import { PACKAGE_LIMIT, packageSizes } from "./sizes";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const root = path.resolve(process.argv[2] ?? path.join(PROJECT, "src"));

const kib = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;

try {
  for (const { name, files, bytes } of buildPackages({ root, nodeModules: path.join(PROJECT, "node_modules") })) {
    console.log(`${name}: ${files} files, ${kib(bytes)}`);
  }
  for (const { root: folder, bytes } of packageSizes(root)) {
    const name = folder === "" ? "main package" : `subpackage ${folder}`;
    console.log(`${name}: ${kib(bytes)} of ${kib(PACKAGE_LIMIT)}`);
    if (bytes > PACKAGE_LIMIT) {
      console.error(`${name} is larger than WeChat accepts`);
      process.exitCode = 1;
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
