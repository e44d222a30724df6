/** What a manifest is made of once it is to be written: JSON values whose keys stand in the order they are printed. */
export type PrintedValue =
  | string
  | number
  | boolean
  | readonly PrintedValue[]
  | { readonly [key: string]: PrintedValue };

/** A manifest as a plain object, and the comments that go with it. */
export interface PrintedManifest {
  readonly value: { readonly [key: string]: PrintedValue };
  /** Lines above the object. */
  readonly header: readonly string[];
  /** Lines above each rule, same index as `spec.egress`. */
  readonly ruleComments: readonly (readonly string[])[];
  /** Objects that it points to, to be written before it. */
  readonly companions?: readonly PrintedManifest[];
  /** Lines above each deny, same index as `spec.egressDeny`; only where a kind keeps them apart. */
  readonly denyComments?: readonly (readonly string[])[];
}
