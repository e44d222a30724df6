import { type JSX, useSyncExternalStore } from "react";

let message = "";
const hearers = new Set<() => void>();

/** Says something to screen readers, without moving the focus. */
export function announce(text: string): void {
  // The same words twice are said twice: a no-break space makes them another text.
  message = message === text ? `${text}\u00A0` : text;
  for (const hear of hearers) hear();
}

export function LiveRegion(): JSX.Element {
  const text = useSyncExternalStore(
    (hear) => {
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
    () => message,
  );
  return (
    <div className="pf-v6-screen-reader" role="status" aria-live="polite">
      {text}
    </div>
  );
}
