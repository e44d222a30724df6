import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** `npm test` runs both projects; `npx vitest run --project fast` leaves the outside world out. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    // Many tests start the program itself, again and again: it is compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "compiled") },
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["{src,test,bench,scripts}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/services/**"],
          // Generous, because nothing here judges time: a property test on a busy machine must not fail for it.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "services",
          include: ["test/services/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Real programs start here, after the fast tests; many of them wait more than they work.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
