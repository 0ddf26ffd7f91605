// The two datums of maps in China: WGS-84 (GPS, Tianditu) and GCJ-02 (WeChat). The formula and its
// source: server/activities/geometry.py, against which tests/console/test_datum_script.py holds it.

const AXIS = 6378245.0;
const ECCENTRICITY = 0.00669342162296594323;

/** The shift from WGS-84 to GCJ-02 at a point, in degrees. */
function shift(longitude, latitude) {
  if (longitude < 72.004 || longitude > 137.8347 || latitude < 0.8293 || latitude > 55.8271) {
    return [0, 0];
  }
  const x = longitude - 105;
  const y = latitude - 35;
  const wave = (value, unit) => Math.sin(value * unit * Math.PI);
  const common = ((20 * wave(x, 6) + 20 * wave(x, 2)) * 2) / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + common
    + ((20 * wave(x, 1) + 40 * wave(x, 1 / 3)) * 2) / 3
    + ((150 * wave(x, 1 / 12) + 300 * wave(x, 1 / 30)) * 2) / 3;
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x))
    + common + ((20 * wave(y, 1) + 40 * wave(y, 1 / 3)) * 2) / 3
    + ((160 * wave(y, 1 / 12) + 320 * wave(y, 1 / 30)) * 2) / 3;
  const radians = (latitude / 180) * Math.PI;
  const magic = 1 - ECCENTRICITY * Math.sin(radians) ** 2;
  const root = Math.sqrt(magic);
  return [
    (east * 180) / ((AXIS / root) * Math.cos(radians) * Math.PI),
    (north * 180) / (((AXIS * (1 - ECCENTRICITY)) / (magic * root)) * Math.PI),
  ];
}

/** Convert [longitude, latitude] between the two datums; back by approximation, to millimetres. */
export function convert(point, from, to) {
  if (from === to) return [...point];
  if (from === "wgs84") {
    const [east, north] = shift(...point);
    return [point[0] + east, point[1] + north];
  }
  let guess = point;
  for (let round = 0; round < 6; round += 1) {
    const [east, north] = shift(...guess);
    guess = [point[0] - east, point[1] - north];
  }
  return guess;
}
