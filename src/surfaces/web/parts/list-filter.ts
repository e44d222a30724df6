/** A filter of a list; its parameter in the URL is the one that the server takes. */
export type ListFilter =
  | {
      readonly kind: "choice";
      readonly parameter: string;
      readonly title: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
      /** At most one at a time. */
      readonly isSingle?: boolean;
    }
  | {
      /** Typed: `10.0.0.0/8`, `*.example.com`. */
      readonly kind: "text";
      readonly parameter: string;
      readonly title: string;
      readonly placeholder: string;
    };

export interface Chip {
  readonly parameter: string;
  readonly title: string;
  readonly value: string;
  readonly label: string;
}

/** What is filtered by now, in the order of the filters. */
export function chipsOf(
  filters: readonly ListFilter[],
  all: (parameter: string) => readonly string[],
): readonly Chip[] {
  return filters.flatMap((filter) =>
    all(filter.parameter).map((value) => ({
      parameter: filter.parameter,
      title: filter.title,
      value,
      label:
        filter.kind === "choice" ? (filter.options.find((option) => option.value === value)?.label ?? value) : value,
    })),
  );
}
