/** A map: the fences of one activity with the person's own position and a polygon in the making, or one pin for each of several activities. */
import { CITY_CENTRE } from "../../config";
import type { Fence, MapDrawing, MapMarker, Point } from "../../domain/fences";
import { drawingOf, drawingOfCorners, pin, viewOf } from "../../domain/fences";

export interface Pinned {
  id: number;
  title: string;
  place: Point;
}

interface MarkerTap {
  detail: { markerId: number };
}

interface MapTap {
  detail: { longitude: number; latitude: number };
}

function drawn(fences: readonly Fence[], own: Point | null, pinned: readonly Pinned[]): MapDrawing {
  const drawing = drawingOf(fences, own);
  const pins: MapMarker[] = pinned.map(({ id, title, place }) => pin(id, place, title));
  const view = pinned.length > 0 ? viewOf(pinned.map(({ place }) => place)) : drawing.view;
  return { ...drawing, view, markers: [...drawing.markers, ...pins] };
}

Component({
  properties: {
    fences: { type: Array, value: [] as Fence[] },
    /** Point or null. */
    own: { type: Array, value: [] as number[] },
    /** Of a polygon that is being drawn: Point[] */
    corners: { type: Array, value: [] as Point[] },
    pinned: { type: Array, value: [] as Pinned[] },
    label: { type: String, value: "地图" },
  },

  data: { view: CITY_CENTRE, circles: [] as MapDrawing["circles"], polygons: [] as MapDrawing["polygons"], markers: [] as MapMarker[] },

  observers: {
    "fences, own, corners, pinned"(fences: Fence[], own: number[], corners: Point[], pinned: Pinned[]) {
      const place: Point | null = own.length === 2 ? [own[0] ?? 0, own[1] ?? 0] : null;
      const { view, circles, polygons, markers } = drawn(fences, place, pinned);
      const begun = drawingOfCorners(corners);
      this.setData({ circles, polygons: [...polygons, ...begun.polygons], markers: [...markers, ...begun.markers] });
      // A map that moves under the finger can't be drawn on.
      if (view !== null && corners.length === 0) this.setData({ view });
    },
  },

  methods: {
    onMarker({ detail }: MarkerTap) {
      this.triggerEvent("marker", { id: detail.markerId });
    },

    onMap({ detail }: MapTap) {
      this.triggerEvent("place", { place: [detail.longitude, detail.latitude] });
    },
  },
});
