/** The phone of someone who has agreed to the privacy statement, with the program started. */
import type * as Privacy from "../../src/domain/privacy";
import { load } from "../domain/load.ts";
import { Phone } from "./phone.ts";
import type { Service } from "./service.ts";

const { PRIVACY_VERSION } = await load<typeof Privacy>("domain/privacy");

export async function phoneWith(service: Service): Promise<Phone> {
  const phone = new Phone(service);
  phone.agree(PRIVACY_VERSION);
  await phone.start();
  await phone.quiet();
  return phone;
}
