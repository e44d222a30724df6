import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of certificates, as files, by what they are; call `remove` when done. */
export interface Certificates {
  readonly folder: string;
  path(file: string): string;
  /** Makes `<name>.pem` and `<name>.key`, signed by `<by>`. Negative days: it has expired. */
  issue(name: string, by: string, days: number): void;
  remove(): void;
}

const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Two authorities, `ca` and `other-ca`; everything else is issued by the test. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "postern-certificates-"));
  const path = (file: string): string => join(folder, file);
  const names = "subjectAltName=DNS:localhost,DNS:relay.example,IP:127.0.0.1";
  writeFileSync(path("names"), names);
  for (const ca of ["ca", "other-ca"]) {
    openssl(["req", "-x509", ...key, "-keyout", path(`${ca}.key`), "-out", path(`${ca}.pem`), "-subj", `/CN=${ca}`]);
  }
  return {
    folder,
    path,
    issue: (name, by, days) => {
      openssl(["req", ...key, "-keyout", path(`${name}.key`), "-out", path(`${name}.csr`), "-subj", `/CN=${name}`]);
      const signer = ["-CA", path(`${by}.pem`), "-CAkey", path(`${by}.key`), "-CAcreateserial"];
      const request = ["-in", path(`${name}.csr`), "-out", path(`${name}.pem`), "-extfile", path("names")];
      openssl(["x509", "-req", ...signer, ...request, "-days", String(days)]);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function openssl(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("openssl", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${error?.message ?? stderr}`);
}

/** On a laptop without `openssl` the tests are skipped; in CI they fail. */
export function lacksOpenssl(): boolean {
  const isMissing = spawnSync("openssl", ["version"]).status !== 0;
  if (isMissing && process.env.CI === "true") throw new Error("openssl is not installed");
  return isMissing;
}
