import { expect, test } from "vitest";
import { formatNamePattern, matchesName } from "../../../../core/net/name-pattern.ts";
import { indexKnowledge } from "../knowledge-index.ts";
import { noKnowledge } from "../knowledge.ts";
import { extendCatalogue, wellKnownServices } from "./well-known-services.ts";

const index = indexKnowledge({ ...noKnowledge, catalogue: wellKnownServices });

test.each([
  ["s3.amazonaws.com", "amazon-s3"],
  ["backups.s3.eu-west-1.amazonaws.com", "amazon-s3"],
  ["backups.s3.dualstack.eu-west-1.amazonaws.com", "amazon-s3"],
  ["sqs.eu-west-1.amazonaws.com", "aws-api"],
  ["orders.abc123.eu-west-1.rds.amazonaws.com", "amazon-rds"],
  ["storage.googleapis.com", "google-cloud-storage"],
  ["pubsub.googleapis.com", "google-api"],
  ["acme.blob.core.windows.net", "azure-storage"],
  ["cdn01.quay.io", "quay-layers"],
  ["registry-1.docker.io", "docker-hub"],
  ["raw.githubusercontent.com", "github-content"],
  ["api.github.com", "github-api"],
  ["pkg-containers.githubusercontent.com", "github-packages"],
  ["api.stripe.com", "stripe"],
  ["acme.okta.com", "okta"],
  ["2.rhel.pool.ntp.org", "ntp-pool"],
  ["api.acme.example", undefined],
])("%s is a name of %s", (name, id) => expect(index.serviceOfName(name)?.id).toBe(id));

test("a service with a list of ports is found at these only", () => {
  const at = (protocol: "tcp" | "udp", port: number) => index.serviceOfName("pool.ntp.org", { protocol, port })?.id;
  expect([at("udp", 123), at("tcp", 443)]).toEqual(["ntp-pool", undefined]);
});

test("ids are unique, and words that stay", () => {
  const ids = wellKnownServices.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
});

test("each is documented by a page that can be opened, and its patterns are names", () => {
  const broken = wellKnownServices.filter(
    ({ documentation, patterns }) =>
      documentation?.startsWith("https://") !== true ||
      patterns.some((pattern) => !/^(\*\.)?([a-z0-9][a-z0-9-]*\.)+[a-z]+$/.test(formatNamePattern(pattern))),
  );
  expect(broken).toEqual([]);
});

test("no name is given twice, so that the order of entries decides nothing", () => {
  const exact = wellKnownServices.flatMap(({ patterns }) => patterns.map(formatNamePattern));
  expect(exact.filter((name, at) => exact.indexOf(name) !== at)).toEqual([]);
});

test("people's own entry replaces the one of the same id, and others are added", () => {
  const [first] = wellKnownServices;
  const mine = { ...first!, title: "ours" };
  const extended = extendCatalogue(wellKnownServices, [mine, { ...mine, id: "zz-new" }]);
  expect(extended).toHaveLength(wellKnownServices.length + 1);
  expect(extended[0]?.title).toBe("ours");
  expect(extended.at(-1)?.id).toBe("zz-new");
  expect(mine.patterns.some((pattern) => matchesName(pattern, "nothing.example"))).toBe(false);
});
