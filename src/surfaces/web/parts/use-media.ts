import { useSyncExternalStore } from "react";

/** Whether the window is as a media query says, followed while it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (hear) => {
      const media = globalThis.matchMedia(query);
      media.addEventListener("change", hear);
      return () => {
        media.removeEventListener("change", hear);
      };
    },
    () => globalThis.matchMedia(query).matches,
  );
}
