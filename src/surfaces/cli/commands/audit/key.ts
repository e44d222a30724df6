import { resolve } from "node:path";
import { auditOrigin, rotateKey } from "../../../../app/audit/sign-checkpoint.ts";
import { formatVerifierKey } from "../../../../app/audit/signed-note.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { defaultDataFolder } from "../../history-options.ts";
import { type StateFlags, withState } from "../../state-options.ts";
import { text } from "../../terminal/text.ts";

export interface KeyFlags extends StateFlags {
  readonly auditKey?: string;
  readonly rotate?: boolean;
}

export async function runKey(flags: KeyFlags, context: Context): Promise<ExitCode> {
  const { io, out, err } = context;
  if (flags.rotate === true && flags.auditKey !== undefined) {
    const message = "a key that you gave is yours to change: `--rotate` makes one in the data folder";
    fail(context, [{ code: "audit_key_usage", message }]);
    return Exit.usage;
  }
  return withState(flags, context, async (state) => {
    const port = await context.ports.audit();
    const folder = resolve(io.workingDirectory, flags.data ?? defaultDataFolder(io));
    const origin = await auditOrigin(state.settings);
    const signer = port.signer(
      folder,
      origin,
      flags.auditKey === undefined ? undefined : resolve(io.workingDirectory, flags.auditKey),
    );
    if (flags.rotate !== true) {
      const key = await signer.key();
      if (!key.ok) return fail(context, [key.error]);
      out.document(`${formatVerifierKey(key.value.verifier)}\n`);
      return Exit.ok;
    }
    const rotated = await rotateKey(state.decisions, signer, port.freshKey(folder, origin), io.nowMs());
    if (!rotated.ok) return fail(context, [rotated.error]);
    out.document(`${rotated.value}\n`);
    err.line(text`the key was changed; the one before has signed that, and is gone`, 2);
    return Exit.ok;
  });
}
