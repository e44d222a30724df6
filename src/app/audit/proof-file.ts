import { z } from "zod";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { inclusionProof } from "../wire/audit.ts";
import { hashOfLeaf, isSha256 } from "./audit-hashes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { parseCheckpointText } from "./checkpoint-text.ts";
import { rootOfInclusion } from "./merkle-proof.ts";
import type { RecordProof } from "./prove-record.ts";
import { isSignedBy, parseNote, type VerifierKey } from "./signed-note.ts";

export const proofSchema = "postern/audit-proof/v1";

/** What `postern audit prove` writes: everything that shows, with a key alone, that records are in a log. */
export const proofFile = z.strictObject({ schema: z.literal(proofSchema), proofs: z.array(inclusionProof).min(1) });
type ProofFile = z.infer<typeof proofFile>;

export interface ProvenRecord {
  readonly sequence: number;
  readonly atMs: number;
  readonly kind: string;
  readonly subject: string;
  readonly by: string;
  /** Undefined: it is in the log of the checkpoint. */
  readonly problem: string | undefined;
  readonly size: number;
  readonly keyId: string | undefined;
}

export function formatProofs(proofs: readonly RecordProof[]): string {
  const told: ProofFile = {
    schema: proofSchema,
    proofs: proofs.map((proof) => ({
      ...proof,
      record: { ...proof.record, actor: { ...proof.record.actor }, payload: { ...proof.record.payload } },
      hashes: [...proof.hashes],
      checkpoint: { ...proof.checkpoint },
    })),
  };
  return `${JSON.stringify(told, undefined, 2)}\n`;
}

/** @returns for each record whether it is proven by one of the keys. Fails with `audit_proof_malformed` */
export function verifyProofs(text: string, keys: readonly VerifierKey[]): Result<readonly ProvenRecord[], Failure> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const read = proofFile.safeParse(json);
  if (!read.success) {
    const message =
      "this is neither an export of an audit log nor a proof, as `postern audit export` and `prove` write them";
    return fail({ code: "audit_proof_malformed", message });
  }
  return ok(read.data.proofs.map((proof) => verifyOne(proof, keys)));
}

function verifyOne(proof: ProofFile["proofs"][number], keys: readonly VerifierKey[]): ProvenRecord {
  const { record, index, size, hashes, checkpoint } = proof;
  const { sequence, atMs, kind, subject, actor, payload, leafHash } = record;
  const note = parseNote(checkpoint.note);
  const said = note === undefined ? undefined : parseCheckpointText(note.text);
  const key = note === undefined ? undefined : keys.find((own) => isSignedBy(note, own));
  const problem = ((): string | undefined => {
    if (said === undefined) return "its checkpoint is none";
    if (key === undefined) return "none of the keys has signed its checkpoint";
    if (index !== sequence || size !== said.size) return "it is about another place in the log";
    const leaf = hashOfLeaf(canonicalJson({ actor, atMs, kind, payload, sequence, subject }));
    if (leaf !== leafHash) return "the record is not what its hash says";
    const root = hashes.every(isSha256) ? rootOfInclusion(leaf, index, size, hashes) : undefined;
    return root === said.rootHash ? undefined : "its hashes do not lead to what was signed";
  })();
  return { sequence, atMs, kind, subject, by: actor.subject, problem, size, keyId: key?.keyId };
}
