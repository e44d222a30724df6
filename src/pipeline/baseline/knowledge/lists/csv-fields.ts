/** Fields of one line of CSV: quotes around a field, `""` inside them, blanks after commas as abuse.ch writes them. */
export function csvFields(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(",").map((field) => field.trim());
  const fields: string[] = [];
  let at = 0;
  while (at <= line.length) {
    while (line[at] === " ") at += 1;
    if (line[at] === '"') {
      let field = "";
      at += 1;
      for (; at < line.length; at += 1) {
        if (line[at] !== '"') field += line[at];
        else if (line[at + 1] === '"') {
          field += '"';
          at += 1;
        } else break;
      }
      fields.push(field);
      const comma = line.indexOf(",", at);
      at = comma < 0 ? line.length + 1 : comma + 1;
    } else {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      fields.push(line.slice(at, end).trim());
      at = end + 1;
    }
  }
  return fields;
}
