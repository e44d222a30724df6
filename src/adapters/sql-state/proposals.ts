import { sql } from "kysely";
import type { ProposalBook } from "../../app/state/proposals.ts";
import { dossier as dossierShape } from "../../app/wire/dossier.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { type BooksDatabase, inTransaction } from "./books-database.ts";
import { nextOf } from "./counters.ts";
import { listProposals, proposalsWhere } from "./proposal-list.ts";
import { bodyOf, columnsOf } from "./proposal-row.ts";
import { isWithin } from "./within-namespaces.ts";

export function sqlProposals(database: BooksDatabase): ProposalBook {
  const { kysely } = database;
  return {
    add: (added) =>
      inTransaction(database, async (transaction) => {
        const proposal: Proposal = { ...added, number: await nextOf(transaction, "proposal") };
        await transaction.kysely.insertInto("proposals").values(columnsOf(proposal)).execute();
        const body = { number: proposal.number, body: bodyOf(proposal) };
        await transaction.kysely.insertInto("proposal_bodies").values(body).execute();
        return proposal;
      }),
    byId: async (id) => {
      const isNumber = /^[1-9]\d{0,14}$/.test(id);
      const where = isNumber ? sql<boolean>`proposals.number = ${Number(id)}` : sql<boolean>`proposals.id = ${id}`;
      const [found] = await proposalsWhere(database, where);
      return found;
    },
    replace: (read) =>
      inTransaction(database, async (transaction) => {
        const proposal: Proposal = { ...read, version: read.version + 1 };
        const { numUpdatedRows } = await transaction.kysely
          .updateTable("proposals")
          .set(columnsOf(proposal))
          .where("number", "=", read.number)
          .where("version", "=", read.version)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return undefined;
        await transaction.kysely
          .updateTable("proposal_bodies")
          .set({ body: bodyOf(proposal) })
          .where("number", "=", read.number)
          .execute();
        return proposal;
      }),
    list: (query) => listProposals(database, query),
    openOf: (where, kind) => {
      const ofKind = kind === undefined ? sql`` : sql`and proposals.kind = ${kind}`;
      return proposalsWhere(database, sql<boolean>`is_open = 1 and ${isWithin([where])} ${ofKind}`);
    },
    countOpenByNamespace: () =>
      kysely
        .selectFrom("proposals")
        .where("is_open", "=", 1)
        .groupBy(["cluster", "namespace"])
        .select(({ fn }) => ["cluster", "namespace", fn.countAll<number>().as("open")])
        .execute(),
    putDossier: async (digest, dossier) => {
      await kysely
        .insertInto("dossiers")
        .values({ digest, body: JSON.stringify(dossier) })
        .onConflict((conflict) => conflict.column("digest").doNothing())
        .execute();
    },
    dossier: async (digest) => {
      const row = await kysely.selectFrom("dossiers").select("body").where("digest", "=", digest).executeTakeFirst();
      return row === undefined ? undefined : dossierShape.parse(JSON.parse(row.body));
    },
  };
}
