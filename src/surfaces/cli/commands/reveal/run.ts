import { revealText } from "../../../../pipeline/flows/anonymise.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";

/** No line of a policy or report is as long; what is gets copied in pieces. */
const longestLine = 1 << 20;

export async function runReveal(keyFile: string, context: Context): Promise<ExitCode> {
  const { openMask, stdin } = await context.ports.observer();
  const mask = await openMask(keyFile);
  if (!mask.ok) return fail(context, [mask.error]);
  const decoder = new TextDecoder();
  let rest = "";
  const write = (text: string): void => context.out.document(revealText(text, mask.value));
  for await (const chunk of stdin) {
    rest += decoder.decode(chunk, { stream: true });
    const end = rest.lastIndexOf("\n") + 1 || (rest.length > longestLine ? rest.length : 0);
    if (end === 0) continue;
    write(rest.slice(0, end));
    rest = rest.slice(end);
  }
  write(rest + decoder.decode());
  return Exit.ok;
}
