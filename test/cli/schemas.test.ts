import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { sourcesReport } from "../../src/app/sources-report.ts";
import { auditVerifyOutput } from "../../src/surfaces/cli/commands/audit/schema.ts";
import { checkOutput } from "../../src/surfaces/cli/commands/check/schema.ts";
import { diffOutput } from "../../src/surfaces/cli/commands/diff/schema.ts";
import { explainOutput } from "../../src/surfaces/cli/commands/explain/schema.ts";
import { historyOutput } from "../../src/surfaces/cli/commands/history/schema.ts";
import { lawCheckOutput } from "../../src/surfaces/cli/commands/law/schema.ts";
import { lintOutput } from "../../src/surfaces/cli/commands/lint/schema.ts";
import { onboardOutput } from "../../src/surfaces/cli/commands/onboard/schema.ts";
import { optimiseOutput } from "../../src/surfaces/cli/commands/optimise/schema.ts";
import { replayOutput } from "../../src/surfaces/cli/commands/replay/schema.ts";
import { suggestOutput } from "../../src/surfaces/cli/commands/suggest/schema.ts";
import { tokensOutput } from "../../src/surfaces/cli/commands/token/schema.ts";
import { usersOutput } from "../../src/surfaces/cli/commands/user/schema.ts";
import { verifyOutput } from "../../src/surfaces/cli/commands/verify/schema.ts";
import { onTerminal } from "./made-up.ts";

/** `docs/schema/<command>.json` is made from the schemas here; `npx vitest run test/cli -u` writes it anew. */
const schemas = {
  "audit-verify": auditVerifyOutput,
  check: checkOutput,
  diff: diffOutput,
  explain: explainOutput,
  history: historyOutput,
  "law-check": lawCheckOutput,
  lint: lintOutput,
  onboard: onboardOutput,
  optimise: optimiseOutput,
  replay: replayOutput,
  sources: sourcesReport,
  suggest: suggestOutput,
  tokens: tokensOutput,
  users: usersOutput,
  verify: verifyOutput,
};

function published(command: keyof typeof schemas): object {
  return z.toJSONSchema(schemas[command], { target: "draft-2020-12" });
}

test.for(Object.keys(schemas) as (keyof typeof schemas)[])(
  "the published schema of %s is up to date",
  async (command) => {
    const text = `${JSON.stringify(published(command), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`../../docs/schema/${command}.json`);
  },
);

describe("outputs follow their schema", () => {
  const ajv = new Ajv2020({ allErrors: true, formats: { "date-time": true } });
  const validators = Object.fromEntries(
    Object.keys(schemas).map((command) => [command, ajv.compile(published(command as keyof typeof schemas))]),
  );

  test.each([
    "lint traps",
    "check new --base old --flows x",
    "check traps",
    "lint old --flows x",
    "diff old new",
    "diff pods-old pods-new",
    "diff /dev/null legacy",
    "optimise traps",
    "optimise old --flows x",
    "replay --policies old x",
    "replay --policies new --against pods-new x",
    "explain -n shop --to 192.0.2.7:443 --policies old --flows x",
    "explain -n shop --to www.example.com:443 --policies old",
    "explain -n shop --to 192.0.2.200:443 --policies pods-new",
    "explain -n shop --to 192.0.2.7/icmp --policies traps",
    "suggest x",
    "verify old --flows x",
    "verify traps --flows x",
    "verify new --against pods-new --flows x",
    "suggest x --kind networkpolicy --policies pods-new",
    "suggest x --kind egressnetworkpolicy",
    "onboard shop-eu x --workload Deployment/cart",
  ])("%s", async (line) => {
    const { stdout } = await onTerminal(`${line} -o json`, { isTerminal: false });
    const validate = validators[line.split(" ")[0]!]!;
    validate(JSON.parse(stdout));
    expect(validate.errors).toBeNull();
  });
});
