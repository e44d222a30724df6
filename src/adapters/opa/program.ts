import { execFile } from "node:child_process";
import { basename } from "node:path";
import type { Failure } from "../../app/failure.ts";
import type { RegoAnswer, RegoEngine } from "../../app/law/clause-engines.ts";
import type { OpaRequest } from "../../app/law/opa-request.ts";
import { ok, type Result } from "../../core/result.ts";
import { messageOf, opaFailure, readPackage } from "./answer.ts";

type ProgramRequest = Extract<OpaRequest, { kind: "program" }>;

const defaultTimeoutMs = 30_000;
const largestAnswer = 4 * 2 ** 20;

/**
 * The programs `opa eval` and `conftest test`, started for each question without a shell; the input goes to their standard input. Which of
 * the two it is, its name says.
 */
export function opaProgram({ program, rules, timeoutMs = defaultTimeoutMs }: ProgramRequest): RegoEngine {
  const isConftest = basename(program).startsWith("conftest");
  const title = `\`${basename(program)}\``;
  return {
    title,
    async ask(path, input) {
      const dotted = path.replaceAll("/", ".");
      const given = rules.flatMap((rule) => [isConftest ? "--policy" : "--data", rule]);
      const words = isConftest
        ? ["test", "--no-color", "--output", "json", "--parser", "json", "--namespace", dotted, ...given, "-"]
        : ["eval", "--format", "json", "--stdin-input", ...given, `data.${dotted}`];
      const ran = await run(program, words, JSON.stringify(input), timeoutMs, title, isConftest);
      if (!ran.ok) return ran;
      try {
        const answer: unknown = JSON.parse(ran.value);
        return isConftest ? readConftest(answer, title, dotted) : readEval(answer, title, path);
      } catch {
        return opaFailure("opa_answer", `${title} answers with something that is no JSON: check its version`);
      }
    },
  };
}

function run(
  program: string,
  words: readonly string[],
  input: string,
  timeoutMs: number,
  title: string,
  mayFail: boolean,
): Promise<Result<string, Failure>> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: largestAnswer, windowsHide: true, encoding: "utf8" } as const;
    const child = execFile(program, words, options, (error, stdout, stderr) => {
      // Conftest ends with 1 when it has found something, and says what.
      if (error === null || (mayFail && error.code === 1 && stdout.trim() !== "")) return resolve(ok(stdout));
      if ((error.code as unknown) === "ENOENT") {
        return resolve(opaFailure("opa_program", `${title} is not installed: install it, or name where it is`));
      }
      const why =
        error.killed === true
          ? `took longer than ${timeoutMs / 1_000} s`
          : `failed: ${oneLine(stderr === "" ? error.message : stderr)}`;
      resolve(opaFailure("opa_program", `${title} ${why}`));
    });
    // A program that ends before it has read everything says why by its code.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}

/** `{"result":[{"expressions":[{"value":…}]}]}`; an empty object where the package is not there. */
function readEval(answer: unknown, title: string, path: string): Result<RegoAnswer, Failure> {
  const { result } = answer as {
    readonly result?: readonly { readonly expressions?: readonly { readonly value?: unknown }[] }[];
  };
  return readPackage(result?.[0]?.expressions?.[0]?.value, title, path);
}

interface ConftestResult {
  readonly successes?: number;
  readonly failures?: readonly unknown[];
  readonly warnings?: readonly unknown[];
  readonly exceptions?: readonly unknown[];
}

/** A list with one entry a file; without any rule that was tried, the namespace is not there. */
function readConftest(answer: unknown, title: string, namespace: string): Result<RegoAnswer, Failure> {
  if (!Array.isArray(answer)) return opaFailure("opa_answer", `${title} answers in another form: check its version`);
  const results = answer as readonly ConftestResult[];
  const of = (name: "failures" | "warnings"): readonly string[] =>
    results.flatMap((own) => (own[name] ?? []).map((entry) => messageOf(entry) ?? "the rules give no reason"));
  const [deny, warn] = [of("failures"), of("warnings")];
  const tried = results.reduce(
    (sum, own) => sum + (own.successes ?? 0) + (own.exceptions?.length ?? 0),
    deny.length + warn.length,
  );
  if (tried === 0)
    return opaFailure(
      "opa_answer",
      `${title} tried no rule of \`${namespace}\`: check the package and the rules' folder`,
    );
  return ok({ deny, warn });
}
