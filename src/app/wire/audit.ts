import { z } from "zod";
import { listQuery, person, severalOf } from "./list.ts";

export const auditQuery = listQuery.extend({
  kind: severalOf(z.string()),
  subject: z.string().max(200).optional(),
  actor: z.string().max(300).optional(),
  fromMs: z.coerce.number().optional(),
  toMs: z.coerce.number().optional(),
});
export type AuditQuery = z.infer<typeof auditQuery>;

export const auditRow = z.object({
  sequence: z.number().int(),
  atMs: z.number(),
  /** `proposal.approve`, `observation.digest`, `suggestion`, `prompt`, `merge`, `sync`, `alert`, `access.sign-in` … */
  kind: z.string(),
  /** What it is about: `proposal/p-…`, `namespace/east/shop`. */
  subject: z.string(),
  actor: person,
  /** Canonical JSON object. */
  payload: z.record(z.string(), z.unknown()),
  /** Hexadecimal SHA-256. */
  leafHash: z.string(),
  chainHash: z.string(),
});
export type AuditRow = z.infer<typeof auditRow>;

export const checkpointView = z.object({
  size: z.number().int(),
  rootHash: z.string(),
  atMs: z.number(),
  /** The signed note, as it is exported. */
  note: z.string(),
});
export type CheckpointView = z.infer<typeof checkpointView>;

export const inclusionProof = z.object({
  record: auditRow,
  index: z.number().int(),
  size: z.number().int(),
  hashes: z.array(z.string()),
  checkpoint: checkpointView,
});
export type InclusionProofView = z.infer<typeof inclusionProof>;
