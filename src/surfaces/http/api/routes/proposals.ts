import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ProposalDesk } from "../../../../app/desk/desk.ts";
import { pageOf } from "../../../../app/wire/list.ts";
import {
  previewAnswer,
  previewRequest,
  proposalAction,
  type ProposalDetail,
  proposalDetail,
  proposalEdit,
  proposalQuery,
  proposalRequest,
  proposalSummary,
} from "../../../../app/wire/proposals.ts";
import { addRoute, type RouteSurroundings } from "../route.ts";

const tag = "Proposals";
const one = z.object({ id: z.string().min(1).max(100).describe("`p-…`, or the number for people") });
const versionOf = ({ version }: ProposalDetail): number => version;

export function addProposalRoutes(app: FastifyInstance, desk: ProposalDesk, around: RouteSurroundings): void {
  addRoute(app, around, {
    method: "GET",
    url: "/proposals",
    name: "listProposals",
    tag,
    summary: "Proposals that you may see, newest change first",
    query: proposalQuery,
    answer: pageOf(proposalSummary),
    handle: ({ who, query }) => desk.list(who, query),
  });
  addRoute(app, around, {
    method: "POST",
    url: "/proposals",
    name: "createProposal",
    tag,
    summary: "Make a proposal: learn a namespace now, take a text, or take the fix of a finding",
    body: proposalRequest,
    answer: proposalDetail,
    status: 201,
    isSlow: true,
    isOnce: true,
    versionOf,
    handle: ({ who, body, signal }) => desk.create(who, body, signal),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/proposals/:id",
    name: "getProposal",
    tag,
    summary: "One proposal with its evidence, decisions, and what you may do now",
    params: one,
    answer: proposalDetail,
    versionOf,
    handle: ({ who, params }) => desk.get(who, params.id),
  });
  addRoute(app, around, {
    method: "PATCH",
    url: "/proposals/:id",
    name: "editProposal",
    tag,
    summary: "Change the text or what goes with it",
    description: "A changed manifest is a new revision: approvals of the one before no longer count.",
    params: one,
    body: proposalEdit,
    answer: proposalDetail,
    isSlow: true,
    needsVersion: true,
    versionOf,
    handle: ({ who, params, body, version, signal }) => desk.edit(who, params.id, body, version, signal),
  });
  addRoute(app, around, {
    method: "POST",
    url: "/proposals/:id/preview",
    name: "previewProposal",
    tag,
    summary: "Judge a text against what was recorded, and keep nothing",
    params: one,
    body: previewRequest,
    answer: previewAnswer,
    isSlow: true,
    handle: ({ who, params, body, signal }) => desk.preview(who, params.id, body.manifest, signal),
  });
  addRoute(app, around, {
    method: "POST",
    url: "/proposals/:id/actions",
    name: "actOnProposal",
    tag,
    summary: "Submit, approve, request changes, reject, open the pull request, roll back, comment",
    description: "`roll-back` answers the new proposal that takes the change back.",
    params: one,
    body: proposalAction,
    answer: proposalDetail,
    needsVersion: true,
    isOnce: true,
    versionOf,
    handle: ({ who, params, body, version }) => desk.act(who, params.id, body, version),
  });
}
