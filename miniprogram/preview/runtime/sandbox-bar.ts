/** The bar above the phone, on a wide window only: as whom the phone is used. */
import { madeUpPerson } from "../wx/person";

interface Person {
  key: string;
  name: string;
  role_label: string;
}

/** Starts the program anew as another person. */
function restartAs(person: string): void {
  const address = new URL(location.href);
  address.searchParams.set("as", person);
  address.hash = "";
  location.assign(address);
}

async function people(): Promise<Person[]> {
  const response = await fetch("/api/v1/sandbox/people", { credentials: "omit" });
  if (!response.ok) return [];
  return ((await response.json()) as { items: Person[] }).items;
}

function chooser(current: string, known: readonly Person[]): HTMLElement {
  const select = document.createElement("select");
  const options = known.map(
    ({ key, name, role_label: role }) =>
      new Option(role === "" ? name : `${name}（${role}）`, key, false, key === current),
  );
  if (!known.some(({ key }) => key === current)) options.unshift(new Option(`游客 ${current}`, current, true, true));
  select.append(...options);
  select.addEventListener("change", () => restartAs(select.value));
  const label = document.createElement("label");
  label.append("以谁的身份使用 ", select);
  return label;
}

export async function showSandboxBar(person: string): Promise<void> {
  if (!window.matchMedia("(min-width: 501px)").matches) return;
  const bar = document.createElement("div");
  bar.className = "sandbox-bar";
  const anew = document.createElement("button");
  anew.textContent = "换一个新人";
  anew.addEventListener("click", () => restartAs(madeUpPerson()));
  // Without a sandbox (a production server) there is nobody to choose from.
  bar.append(chooser(person, await people().catch(() => [])), anew);
  document.body.prepend(bar);
}
