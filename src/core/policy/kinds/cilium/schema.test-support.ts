import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ErrorObject } from "ajv";
import { parseCidr } from "../../../net/ip-set.ts";

const schemaFile = "../shared/crds/cilium.io_ciliumnetworkpolicy_v2.schema.json";
const validate = existsSync(schemaFile)
  ? new Ajv({
      strict: false,
      formats: {
        cidr: (text: string) => {
          const parsed = parseCidr(text);
          return parsed.ok || parsed.error.code === "cidr_host_bits";
        },
        int32: true,
        int64: true,
        "date-time": true,
        "idn-hostname": true,
      },
    }).compile(
      // Go writes a class of one letter without braces.
      JSON.parse(readFileSync(schemaFile, "utf8").replaceAll(String.raw`\\PC`, String.raw`\\P{C}`)) as object,
    )
  : undefined;

/** What the schema of the CRD says against an object; nothing where the schema is not at hand. */
export function schemaErrors(value: unknown): readonly ErrorObject[] {
  validate?.(value);
  return validate?.errors ?? [];
}

export const hasSchema = validate !== undefined;
