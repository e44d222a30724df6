/** The way to the cluster cannot be used as it is written down: trying again cannot help until somebody changes it. */
export class AccessError extends Error {
  override readonly name = "AccessError";
  /** Documented in docs/reference/errors.md. */
  readonly code: "cluster_access" | "cluster_insecure";

  constructor(message: string, code: AccessError["code"] = "cluster_access", cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}
