import type { JSX } from "react";

/** A sentence of the server, in which what stands in backticks is shown as code. */
export function InlineCode({ text }: { readonly text: string }): JSX.Element {
  const parts = text.split("`");
  // A backtick without its partner is a backtick.
  if (parts.length % 2 === 0) return <>{text}</>;
  return (
    <>
      {parts.map((part, at) =>
        at % 2 === 1 ? (
          // oxlint-disable-next-line react/no-array-index-key -- Places never move within a sentence.
          <code key={at}>{part}</code>
        ) : (
          part
        ),
      )}
    </>
  );
}
