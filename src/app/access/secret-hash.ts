import { createHash } from "node:crypto";

/** Of what only the hash is kept. The beginning keeps the hashes of one sort apart from those of the others. */
export type SecretSort = "session" | "link" | "slack" | "slack code";

/** Kept in the place of what was drawn at random, so that nobody who reads the database can use it. */
export function secretHash(sort: SecretSort, secret: string): string {
  return createHash("sha256").update(`postern ${sort} ${secret}`).digest("hex");
}
