/** How the state of a source is said and shown; unknown ones as they are. */
export function stateLook(state: string): {
  readonly word: string;
  readonly status?: "success" | "warning" | "danger" | "info";
} {
  switch (state) {
    case "running":
      return { word: "Running", status: "success" };
    case "starting":
      return { word: "Starting", status: "info" };
    case "retrying":
      return { word: "Retrying", status: "warning" };
    case "silent":
      return { word: "Silent", status: "warning" };
    case "failed":
      return { word: "Failed", status: "danger" };
    case "ended":
      return { word: "Ended" };
    default:
      return { word: state };
  }
}

/** How far behind a source is: `350 ms`, `4.2 s`, `3 min`. */
export function sayLag(lagMs: number | null): string {
  if (lagMs === null) return "not known";
  if (lagMs < 1_000) return `${Math.round(lagMs)} ms`;
  if (lagMs < 120_000) return `${(lagMs / 1_000).toFixed(1)} s`;
  if (lagMs < 7_200_000) return `${Math.round(lagMs / 60_000)} min`;
  return `${Math.round(lagMs / 3_600_000)} h`;
}
