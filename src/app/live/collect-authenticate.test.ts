import { describe, expect, test } from "vitest";
import { authenticateCertificate, type ClientCertificate } from "./collect-authenticate.ts";

const certificate: ClientCertificate = {
  problem: undefined,
  commonName: "node-a",
  organizations: ["east"],
  uris: [],
  notBeforeMs: 1000,
  notAfterMs: 2000,
};

describe("a certificate", () => {
  test.each<readonly [string, Partial<ClientCertificate>, number, string]>([
    ["in its time", {}, 1000, "node-a of east"],
    ["before its time", {}, 999, "certificate_not_yet_valid"],
    ["at its end", {}, 2000, "certificate_expired"],
    ["that is not trusted", { problem: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }, 1500, "certificate_untrusted"],
    ["of two clusters", { organizations: ["east", "west"] }, 1500, "node-a of east,west"],
    ["of no cluster", { organizations: [] }, 1500, "certificate_nameless"],
    ["of every cluster", { organizations: ["*"] }, 1500, "certificate_nameless"],
    ["without a name", { commonName: undefined }, 1500, "certificate_nameless"],
    ["with a name in capitals", { commonName: "Node-A" }, 1500, "certificate_nameless"],
    [
      "with a URI of ours among others",
      { uris: ["https://example.org/", "spiffe://example.org/cluster/we%20st/observer/node-b"] },
      1500,
      "node-b of we st",
    ],
    [
      "with a URI for every cluster",
      { uris: ["spiffe://e/cluster/%2A/observer/node-b"] },
      1500,
      "certificate_nameless",
    ],
    ["with a URI that is broken", { uris: ["spiffe://e/cluster/%/observer/node-b"] }, 1500, "certificate_nameless"],
  ])("%s", (_, fields, nowMs, outcome) => {
    const read = authenticateCertificate({ ...certificate, ...fields }, nowMs);
    expect(read.ok ? `${read.value.observer} of ${read.value.clusters.join(",")}` : read.error.code).toBe(outcome);
    if (read.ok) expect(read.value.scopes).toEqual(["ship"]);
  });
});
