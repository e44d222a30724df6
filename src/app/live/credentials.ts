import { readFile } from "node:fs/promises";
import type { TlsOptions } from "./source-options.ts";

/** A file of a source's options that cannot be used: trying again cannot help until somebody changes it. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
}

/** What `node:tls` wants to know. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

const maxSecretBytes = 1 << 20;

/** Reads the files that `tls` names; to be called at each connection, so that renewed certificates hold. */
export async function readTls(tls: TlsOptions): Promise<TlsMaterial> {
  const { caFile, certFile, keyFile, serverName } = tls;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new CredentialsError("`certFile` and `keyFile` belong together; name both, or neither");
  }
  return {
    ...(caFile === undefined ? {} : { ca: await readText(caFile, "caFile") }),
    ...(certFile === undefined ? {} : { cert: await readText(certFile, "certFile") }),
    ...(keyFile === undefined ? {} : { key: await readText(keyFile, "keyFile") }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

/** A token or password from its file, without the line end that editors leave. */
export async function readSecret(path: string, option: string): Promise<string> {
  const secret = (await readText(path, option)).trim();
  if (secret === "") throw new CredentialsError(`\`${option}\` \`${path}\` is empty`);
  if (/[\r\n]/.test(secret)) throw new CredentialsError(`\`${option}\` \`${path}\` has more than one line`);
  return secret;
}

async function readText(path: string, option: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    const why =
      code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read" : `cannot be read (${code})`;
    throw new CredentialsError(`\`${option}\` \`${path}\` ${why}`, { cause: error });
  }
  if (text.length > maxSecretBytes) throw new CredentialsError(`\`${option}\` \`${path}\` is larger than 1 MiB`);
  return text;
}
