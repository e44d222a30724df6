/** Where clauses in Rego are asked: an OPA that runs, or a program and the rules it is given. */
export type OpaRequest =
  | {
      readonly kind: "server";
      /** `https://opa.example:8181`; `http://` for this machine. */
      readonly url: string;
      /** Holds the bearer token; read again at each question, because tokens are renewed. */
      readonly tokenFile: string | undefined;
      /** PEM file with the authorities to trust; undefined: the system's. */
      readonly caFile: string | undefined;
      readonly timeoutMs?: number;
    }
  | {
      readonly kind: "program";
      /** `opa` or `conftest`, or a path to one. */
      readonly program: string;
      /** Files and folders with rules in Rego. */
      readonly rules: readonly string[];
      readonly timeoutMs?: number;
    };
