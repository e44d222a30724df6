import { expect, test } from "vitest";
import { isBeyondUse, isBusy } from "./trouble.ts";

test.each([
  // As DuckDB 1.5 said it under load.
  [
    "TransactionContext Error: Cannot CHECKPOINT: there are other write transactions active. Try using FORCE CHECKPOINT",
    "busy",
  ],
  ["FATAL Error: Failed to checkpoint", "given up"],
  ["IO Error: No space left on device", "neither"],
])("%s: %s", (message, what) => {
  const error = new Error(message);
  expect([isBusy(error), isBeyondUse(error)]).toEqual([what === "busy", what === "given up"]);
});
