/** Where the phone is: the middle of the demo city, since a test must not depend on the computer's place. */
import { call } from "./call";
import { privacy } from "./privacy";

const DEMO_PLACE = {
  latitude: 31.2304,
  longitude: 121.4737,
  accuracy: 20,
  altitude: 0,
  speed: -1,
  verticalAccuracy: 0,
  horizontalAccuracy: 20,
};

export function locationCalls(): Record<string, unknown> {
  return {
    getLocation: call("getLocation", async () => {
      await privacy.require();
      return DEMO_PLACE;
    }),
  };
}
