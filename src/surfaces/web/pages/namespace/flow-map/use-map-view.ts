import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";

export interface MapView {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const home: MapView = { x: 0, y: 0, scale: 1 };
const scales = { least: 0.25, most: 3 };

export interface MapViewControl {
  readonly view: MapView;
  readonly pan: (dx: number, dy: number) => void;
  readonly zoom: (factor: number) => void;
  readonly reset: () => void;
  /** The whole height in sight. */
  readonly fitAll: () => void;
  /** Brings a row into sight. */
  readonly show: (y: number) => void;
  readonly drag: {
    readonly onPointerDown: (event: PointerEvent<SVGSVGElement>) => void;
    readonly onPointerMove: (event: PointerEvent<SVGSVGElement>) => void;
  };
}

/** Where a picture that is larger than its window is looked at; it never gets lost outside. */
export function useMapView(
  height: number,
  windowHeight: number,
): readonly [RefObject<SVGSVGElement | null>, MapViewControl] {
  const place = useRef<SVGSVGElement>(null);
  const [view, setView] = useState(home);
  const keep = useCallback(
    ({ x, y, scale }: MapView): MapView => {
      const width = place.current?.clientWidth ?? 0;
      const least = Math.min(0, windowHeight - height * scale);
      const side = Math.max(0, width * (scale - 1));
      return { scale, x: Math.min(0, Math.max(-side, x)), y: Math.min(0, Math.max(least, y)) };
    },
    [height, windowHeight],
  );
  const pan = useCallback(
    (dx: number, dy: number) => {
      setView((before) => keep({ ...before, x: before.x + dx, y: before.y + dy }));
    },
    [keep],
  );
  const zoom = useCallback(
    (factor: number) => {
      setView((before) => {
        const scale = Math.min(scales.most, Math.max(scales.least, before.scale * factor));
        const middle = windowHeight / 2;
        return keep({ scale, x: before.x, y: middle - ((middle - before.y) / before.scale) * scale });
      });
    },
    [keep, windowHeight],
  );
  useEffect(() => {
    setView((before) => keep(before));
  }, [keep]);
  useEffect(() => {
    const svg = place.current;
    if (svg === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
      } else if (height > windowHeight) {
        event.preventDefault();
        pan(-event.deltaX, -event.deltaY);
      }
    };
    // Not passive: the page must not scroll meanwhile.
    svg.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      svg.removeEventListener("wheel", onWheel);
    };
  }, [height, pan, windowHeight, zoom]);
  const control: MapViewControl = {
    view,
    pan,
    zoom,
    reset: () => {
      setView(home);
    },
    fitAll: () => {
      setView(keep({ x: 0, y: 0, scale: Math.max(scales.least, Math.min(1, windowHeight / height)) }));
    },
    show: (y) => {
      setView((before) => {
        const at = y * before.scale + before.y;
        if (at >= 0 && at <= windowHeight - 40) return before;
        return keep({ ...before, y: windowHeight / 2 - y * before.scale });
      });
    },
    drag: {
      onPointerDown: (event) => {
        if (event.button === 0 && event.target === event.currentTarget)
          event.currentTarget.setPointerCapture(event.pointerId);
      },
      onPointerMove: (event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) pan(event.movementX, event.movementY);
      },
    },
  };
  return [place, control];
}
