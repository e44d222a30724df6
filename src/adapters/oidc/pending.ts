/** What is known again when the browser comes back. It is in that browser's own cookie. */
export interface Pending {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE. */
  readonly verifier: string;
}

/** @returns undefined when the cookie holds something else */
export function pendingOf(text: string): Pending | undefined {
  try {
    const { state, nonce, verifier } = JSON.parse(text) as Partial<Pending>;
    const isWhole = [state, nonce, verifier].every((each) => typeof each === "string" && each.length >= 20);
    return isWhole ? { state: state!, nonce: nonce!, verifier: verifier! } : undefined;
  } catch {
    return undefined;
  }
}
