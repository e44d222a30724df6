import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Issued, issueCertificate } from "../../certificate.ts";

const dayMs = 86_400_000;

/** A folder with certificates as files. Two authorities, `ca` and `other-ca`; everything else is issued by the test. */
export class Certificates {
  private readonly folder = mkdtempSync(join(tmpdir(), "postern-certificates-"));
  private readonly authorities = new Map<string, Issued>();

  constructor() {
    for (const name of ["ca", "other-ca"]) {
      const authority = issueCertificate({ commonName: name, isAuthority: true });
      this.authorities.set(name, authority);
      this.write(name, authority);
    }
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  /** Makes `<name>.pem` and `<name>.key`, signed by `<by>`. Negative days: it has expired. */
  issue(name: string, by: "ca" | "other-ca", days: number): void {
    const hosts = ["localhost", "relay.example", "127.0.0.1"];
    const wanted = { commonName: name, hosts, notAfter: new Date(Date.now() + days * dayMs) };
    this.write(name, issueCertificate(wanted, this.authorities.get(by)));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(name: string, { cert, key }: Issued): void {
    writeFileSync(this.path(`${name}.pem`), cert);
    writeFileSync(this.path(`${name}.key`), key);
  }
}
