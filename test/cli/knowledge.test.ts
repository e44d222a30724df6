/** Lists of addresses and services on the command line: what is asked for, and what is said about it. */
import { expect, test } from "vitest";
import { builtInKnowledge, type KnowledgeRequest } from "../../src/app/knowledge-source.ts";
import { fail, ok } from "../../src/core/result.ts";
import { onTerminal } from "./made-up.ts";

test("every list is asked for, and a warning about one does not stop the work", async () => {
  const asked: KnowledgeRequest[] = [];
  const line =
    "suggest flows --ranges a.json --ranges https://lists.example/b.json --threat-feed c.csv --on-premises Ghent=10.7.0.0/16 " +
    "--services d.yaml --asn e.mmdb";
  const { code, stderr } = await onTerminal(line, {
    ports: {
      readKnowledge: (request) => {
        asked.push(request);
        return Promise.resolve(ok({ knowledge: builtInKnowledge, warnings: ["`a.json` is old"] }));
      },
    },
  });
  expect(asked).toEqual([
    {
      ranges: ["a.json", "https://lists.example/b.json"],
      threatFeeds: ["c.csv"],
      onPremises: ["Ghent=10.7.0.0/16"],
      services: ["d.yaml"],
      owners: ["e.mmdb"],
    },
  ]);
  expect(stderr).toContain("warning: `a.json` is old");
  expect(code).toBe(0);
});

test("a list that cannot be read stops the work before flows are read", async () => {
  const { code, stdout, stderr } = await onTerminal("suggest flows --threat-feed nowhere.csv", {
    ports: {
      readKnowledge: () => Promise.resolve(fail([{ code: "knowledge_not_found", message: "there is no file" }])),
      readFlows: () => Promise.reject(new Error("asked for flows")),
    },
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: "",
    stderr: "error: there is no file [knowledge_not_found]\n",
  });
});

test("without lists nothing is read but the catalogue that is built in", async () => {
  const { code } = await onTerminal("suggest flows", {
    ports: { readKnowledge: () => Promise.reject(new Error("asked for lists")) },
  });
  expect(code).toBe(0);
});
