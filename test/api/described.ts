import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Responses }>>>>;
}
type Responses = Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;

const document = JSON.parse(
  readFileSync(new URL("../../docs/schema/openapi.json", import.meta.url), "utf8"),
) as Described;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "postern", ...document });
const templates = Object.keys(document.paths).map((path) => ({
  path,
  // What is written out wins over what is a parameter.
  parameters: path.split("{").length - 1,
  form: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
}));

/** Why an answer of the API is not as the published document says; undefined: it is. Addresses that are not in it are nobody's. */
export function undescribed(
  method: string,
  address: string,
  { status, headers, text }: { readonly status: number; readonly headers: Headers; readonly text: string },
): string | undefined {
  const path = address.split("?", 1)[0]!;
  const [found] = templates.filter(({ form }) => form.test(path)).toSorted((a, b) => a.parameters - b.parameters);
  const operation = found && document.paths[found.path]![method.toLowerCase()];
  if (found === undefined || operation === undefined) return undefined;
  const where = `${method} ${found.path} ${status}`;
  const response = operation.responses[String(status)];
  if (response === undefined) return `${where} is not described: ${text.slice(0, 200)}`;
  const type = (headers.get("content-type") ?? "").split(";", 1)[0]!;
  if (response.content?.[type] === undefined) return `${where} is described, and not as ${type}`;
  if (!/[/+]json$/.test(type)) return undefined;
  const keys = ["paths", found.path, method.toLowerCase(), "responses", String(status), "content", type, "schema"];
  const pointer = keys.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  const validate = ajv.getSchema(`postern#/${pointer}`);
  if (validate === undefined) return `${where} has no schema`;
  if (validate(JSON.parse(text)) === true) return undefined;
  return `${where} is not as described: ${ajv.errorsText(validate.errors)}`;
}
