import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Failure } from "../../app/failure.ts";
import type { RegoAnswer } from "../../app/law/clause-engines.ts";
import type { Result } from "../../core/result.ts";
import { opaEngine } from "./engine.ts";

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

function told(answer: Result<RegoAnswer, Failure>): string {
  return answer.ok
    ? `deny ${answer.value.deny.join(" | ")} warn ${answer.value.warn.join(" | ")}`
    : `${answer.error.code}: ${answer.error.message}`;
}

/** Answers as OPA does: the value of the path, or an empty object where nothing is defined. */
async function double(
  respond: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> {
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => respond(request, body, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function engineAt(url: string, more: object = {}): ReturnType<typeof opaEngine> {
  return opaEngine({ kind: "server", url, tokenFile: undefined, caFile: undefined, ...more });
}

describe("an OPA that runs", () => {
  test("is asked for the package, with the input and the token", async () => {
    const folder = await mkdtemp(join(tmpdir(), "opa-"));
    undo.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "token"), "secret\n");
    const asked: unknown[] = [];
    const url = await double((request, body, response) => {
      asked.push([request.method, request.url, request.headers.authorization, JSON.parse(body)]);
      response.end(
        JSON.stringify({ decision_id: "1", result: { deny: ["no", { msg: "nor that" }], warn: [{ message: "hm" }] } }),
      );
    });
    const answer = await engineAt(`${url}/opa/`, { tokenFile: join(folder, "token") }).ask("postern/egress", {
      object: 1,
    });
    expect(told(answer)).toBe("deny no | nor that warn hm");
    expect(asked).toEqual([["POST", "/opa/v1/data/postern/egress", "Bearer secret", { input: { object: 1 } }]]);
  });

  test.each([
    [{ result: { deny: [] } }, "deny  warn "],
    [{ result: { allow: true } }, "deny  warn "],
    [{ result: { allow: false } }, "deny the rules do not allow it warn "],
    [{ result: { violation: [{ msg: "gatekeeper" }] } }, "deny gatekeeper warn "],
    [{}, "opa_answer: OPA at *"],
    [{ result: {} }, "opa_answer: OPA at *"],
    [{ result: { deny: "no" } }, "opa_answer: OPA at *"],
    [{ result: { deny: [7] } }, "opa_answer: OPA at *"],
    [{ result: true }, "opa_answer: OPA at *"],
  ])("answers %j", async (answer, said) => {
    const url = await double((_, __, response) => void response.end(JSON.stringify(answer)));
    const text = told(await engineAt(url).ask("postern/egress", {}));
    expect(said.endsWith("*") ? text.startsWith(said.slice(0, -1)) : text === said).toBe(true);
  });

  test("that refuses, breaks, is slow, talks too much or is away is a failure", async () => {
    const of = async (respond: Parameters<typeof double>[0], more: object = {}): Promise<string> =>
      told(await engineAt(await double(respond), more).ask("a/b", {}));
    expect(await of((_, __, response) => void response.writeHead(401).end())).toMatch(/^opa_no_permission/);
    expect(await of((_, __, response) => void response.writeHead(500).end('{"code":"internal_error"}'))).toMatch(
      /HTTP 500: \{"code":"internal_error"\}/,
    );
    expect(
      await of((_, __, response) => void response.writeHead(302, { location: "http://elsewhere.invalid/" }).end()),
    ).toMatch(/HTTP 302/);
    expect(await of((_, __, response) => void response.end("<html>"))).toMatch(/no JSON/);
    expect(await of((_, __, response) => void response.end(`"${"x".repeat(5 * 2 ** 20)}"`))).toMatch(/more than/);
    expect(await of((_, __, response) => void response.write("{"), { timeoutMs: 100 })).toMatch(
      /no whole answer within 0\.1 s/,
    );
    expect(told(await engineAt("http://127.0.0.1:1").ask("a", {}))).toMatch(/^opa_unreachable: .*ECONNREFUSED/);
    expect(told(await engineAt("http://127.0.0.1:1", { tokenFile: "/nowhere/token" }).ask("a", {}))).toMatch(
      /^opa_no_permission: .*ENOENT/,
    );
  });
});

/** A program that answers as the real one would, and notes how it was called. */
async function programOf(name: string, script: string): Promise<{ readonly program: string; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "opa-"));
  undo.push(() => rm(folder, { recursive: true }));
  const program = join(folder, name);
  await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/words\ncat > ${folder}/input\n${script}\n`);
  await chmod(program, 0o755);
  return { program, folder };
}

describe("a program", () => {
  test("`opa eval` gets the input from its standard input", async () => {
    const { program } = await programOf("opa", `echo '{"result":[{"expressions":[{"value":{"deny":["no"]}}]}]}'`);
    const engine = opaEngine({ kind: "program", program, rules: ["rules"] });
    expect(told(await engine.ask("postern/egress", { a: "$(touch x); `y`" }))).toBe("deny no warn ");
  });

  test("`conftest test` fails with what it found, and that is an answer", async () => {
    const { program } = await programOf(
      "conftest",
      `echo '[{"successes":1,"failures":[{"msg":"no"}],"warnings":[{"msg":"hm"}]}]'; exit 1`,
    );
    expect(told(await opaEngine({ kind: "program", program, rules: ["rules"] }).ask("postern/egress", {}))).toBe(
      "deny no warn hm",
    );
  });

  test.each([
    ["opa", "echo '{}'", /^opa_answer: `opa` knows no package/],
    ["opa", "echo broken >&2; exit 2", /^opa_program: `opa` failed: broken/],
    ["opa", "echo no json", /^opa_answer: .*no JSON/],
    ["conftest", `echo '[{"successes":0}]'`, /^opa_answer: .*tried no rule of `postern\.egress`/],
    ["conftest", "exit 1", /^opa_program: `conftest` failed/],
  ])("%s with %s", async (name, script, why) => {
    const { program } = await programOf(name, script);
    expect(told(await opaEngine({ kind: "program", program, rules: [] }).ask("postern/egress", {}))).toMatch(why);
  });

  test("that is not there is told", async () => {
    expect(told(await opaEngine({ kind: "program", program: "/nowhere/opa", rules: [] }).ask("a", {}))).toMatch(
      /not installed/,
    );
  });

  test("that takes too long is ended", async () => {
    const { program } = await programOf("opa", "exec sleep 20");
    expect(told(await opaEngine({ kind: "program", program, rules: [], timeoutMs: 200 }).ask("a", {}))).toMatch(
      /took longer than 0\.2 s/,
    );
  });
});

/** The real ones, where they are installed: no registry that is used here has them. */
describe.each(["opa", "conftest"])("the real `%s`", (program) => {
  const isThere = spawnSync(program, ["version"]).error === undefined;
  test.skipIf(!isThere)("says what the rules say", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rego-"));
    undo.push(() => rm(folder, { recursive: true }));
    const rules =
      'package postern.egress\nimport rego.v1\ndeny contains "no more than two rules" if count(input.object.spec.egress) > 2\n';
    await writeFile(join(folder, "egress.rego"), rules);
    const engine = opaEngine({ kind: "program", program, rules: [folder] });
    const of = async (count: number): Promise<string> =>
      told(
        await engine.ask("postern/egress", { object: { spec: { egress: Array.from({ length: count }, () => 0) } } }),
      );
    expect(await of(3)).toBe("deny no more than two rules warn ");
    expect(await of(1)).toBe("deny  warn ");
  });
});
