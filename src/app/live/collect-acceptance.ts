import type { Failure } from "../failure.ts";

/** What became of a batch. */
export type Acceptance =
  | { readonly kind: "stored" | "known" }
  /** The same batch can be taken later. `afterMs`: when it makes sense to try. */
  | { readonly kind: "later"; readonly failure: Failure; readonly afterMs: number }
  /** The client may not send it; somebody must change its permission first. */
  | { readonly kind: "forbidden"; readonly failure: Failure }
  /** It will never be taken. */
  | { readonly kind: "refused"; readonly failure: Failure };
