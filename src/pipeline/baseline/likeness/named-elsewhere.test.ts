import { expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { knowledgeForTest } from "../knowledge/knowledge.test-support.ts";
import { groupServices } from "../services/group-services.ts";
import { namedElsewhere } from "./named-elsewhere.ts";

const index = knowledgeForTest();

/** `a tcp 192.0.2.7:443 api.example.com`, with the namespace first. */
function services(...lines: readonly string[]): readonly string[] {
  const edges = lines.map((line) => edgeForTest(line.replace(" ", "/Deployment/web ")));
  const uses = [...Map.groupBy(edges, ({ namespace }) => namespace).values()].flatMap((own) =>
    groupServices(own, [], index),
  );
  return namedElsewhere(uses).map(({ namespace, service, edges: own }) => `${namespace} ${service.id} ×${own.length}`);
}

test.each<[string, readonly string[], readonly string[]]>([
  [
    "what another namespace names is that service",
    ["a tcp 192.0.2.7:5432 db.example.com", "b tcp 192.0.2.7:5432", "b tcp [2001:db8::7]:5432"],
    ["a name:db.example.com ×1", "b name:db.example.com ×1", "b block:2001:db8::/64 tcp/5432 ×1"],
  ],
  [
    "another port is another service",
    ["a tcp 192.0.2.7:5432 db.example.com", "b tcp 192.0.2.7:22"],
    ["a name:db.example.com ×1", "b block:192.0.2.0/24 tcp/22 ×1"],
  ],
  [
    "two names for one address decide nothing",
    ["a tcp 192.0.2.7:443 x.example.com", "b tcp 192.0.2.7:443 y.example.com", "c tcp 192.0.2.7:443"],
    ["a name:x.example.com ×1", "b name:y.example.com ×1", "c block:192.0.2.0/24 tcp/443 ×1"],
  ],
  [
    "one namespace does not rename what more of them use",
    ["a tcp 192.0.2.7:443 evil.example", "b tcp 192.0.2.7:443", "c tcp 192.0.2.7:443"],
    ["a name:evil.example ×1", "b block:192.0.2.0/24 tcp/443 ×1", "c block:192.0.2.0/24 tcp/443 ×1"],
  ],
])("%s", (_, lines, expected) => expect(services(...lines)).toEqual(expected));
