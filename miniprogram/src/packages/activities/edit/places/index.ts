/** Where an activity takes place: circles put down, and polygons drawn corner by corner, by tapping the map. */
import type { FenceRow } from "../../../../domain/activity-form";
import {
  fenceRows, LARGEST_RADIUS_M, LEAST_CORNERS, MOST_FENCES, SMALLEST_RADIUS_M, withCircle, withCorner, withPolygon,
} from "../../../../domain/activity-form";
import type { Fence, Point } from "../../../../domain/fences";

const SHAPES = [
  { value: "circle", label: "圆形" },
  { value: "polygon", label: "多边形" },
];

Component({
  properties: {
    /** Fence[] */
    fences: { type: Array, value: [] as Fence[] },
    /** The member's own position, where it was asked for: Point, or empty. */
    own: { type: Array, value: [] as number[] },
    busy: Boolean,
  },

  data: {
    shapes: SHAPES,
    shape: "circle" as Fence["shape"],
    /** Of the polygon that is being drawn. */
    corners: [] as Point[],
    leastCorners: LEAST_CORNERS,
    rows: [] as FenceRow[],
    full: false,
    smallestRadius: SMALLEST_RADIUS_M,
    largestRadius: LARGEST_RADIUS_M,
  },

  observers: {
    fences(fences: Fence[]) {
      this.setData({ rows: fenceRows(fences), full: fences.length >= MOST_FENCES });
    },
  },

  methods: {
    changed(fences: Fence[]) {
      this.triggerEvent("change", { change: { fences } });
    },

    draw(corners: Point[]) {
      this.setData({ corners });
      // A polygon in the making would be lost unseen when the form is saved.
      this.triggerEvent("drawing", { unfinished: corners.length > 0 });
    },

    onShape(event: { detail: { value: Fence["shape"] } }) {
      this.setData({ shape: event.detail.value });
      this.draw([]);
    },

    onMap(event: { detail: { place: Point } }) {
      const { place } = event.detail;
      if (this.data.full) return;
      if (this.data.shape === "circle") this.changed(withCircle(this.data.fences as Fence[], place));
      else this.draw(withCorner(this.data.corners, place));
    },

    onUndo() {
      this.draw(this.data.corners.slice(0, -1));
    },

    onFinish() {
      this.changed(withPolygon(this.data.fences as Fence[], this.data.corners));
      this.draw([]);
    },

    onHere() {
      this.triggerEvent("here");
    },

    onRadius(event: { currentTarget: { dataset: { index: number } }; detail: { value: number } }) {
      const { index } = event.currentTarget.dataset;
      const { value: radius } = event.detail;
      const resized = (fence: Fence, place: number): Fence =>
        place === Number(index) && fence.shape === "circle" ? { ...fence, radius } : fence;
      this.changed((this.data.fences as Fence[]).map(resized));
    },

    onDrop(event: { currentTarget: { dataset: { index: number } } }) {
      const { index } = event.currentTarget.dataset;
      this.changed((this.data.fences as Fence[]).filter((_, place) => place !== Number(index)));
    },
  },
});
