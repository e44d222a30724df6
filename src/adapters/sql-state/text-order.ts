/** Compares rows by columns of text, code unit by code unit: databases sort by locales of their own. */
export function inTextOrder<Column extends string>(
  ...columns: readonly Column[]
): (a: Readonly<Record<Column, string>>, b: Readonly<Record<Column, string>>) => number {
  return (a, b) => {
    const column = columns.find((own) => a[own] !== b[own]);
    return column === undefined ? 0 : a[column] < b[column] ? -1 : 1;
  };
}
