/** `npm run lint:wxml [-- ROOT]`. */
import path from "node:path";
import { lintTemplates } from "./wcc";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const root = path.resolve(process.argv[2] ?? path.join(PROJECT, "src"));

const { templates, complaints } = lintTemplates(root, path.join(PROJECT, "node_modules"));
if (complaints === "") {
  console.log(`lint: WeChat's compiler accepts ${templates} templates`);
} else {
  console.error(complaints);
  process.exitCode = 1;
}
