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
const certificate = { begin: /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/, name: "certificate" };
const privateKey = { begin: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/, name: "private key" };

/** Reads the files that `tls` names; to be called at each connection, so that renewed certificates hold. */
export async function readTls(tls: TlsOptions): Promise<TlsMaterial> {
  const { caFile, certFile, keyFile, serverName } = tls;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new CredentialsError("`certFile` and `keyFile` belong together; name both, or neither");
  }
  return {
    ...(caFile === undefined ? {} : { ca: await readPem(caFile, "caFile", certificate) }),
    ...(certFile === undefined ? {} : { cert: await readPem(certFile, "certFile", certificate) }),
    ...(keyFile === undefined ? {} : { key: await readPem(keyFile, "keyFile", privateKey) }),
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

/** A file without any would not be missed: nobody is trusted then, which reads as if the other side were wrong. */
async function readPem(path: string, option: string, { begin, name }: typeof certificate): Promise<string> {
  const text = await readText(path, option);
  if (begin.test(text)) return text;
  throw new CredentialsError(`\`${option}\` \`${path}\` has no ${name} in PEM form (\`-----BEGIN …\`)`);
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
