import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { UserDesk } from "../../../../app/access/user-desk.ts";
import { newUser, userChange, userLink, userView } from "../../../../app/wire/users.ts";
import { addRoute, type RouteSurroundings } from "../route.ts";

const tag = "Users";
const one = z.object({ name: z.string().min(1).max(63) });

export function addUserRoutes(app: FastifyInstance, desk: UserDesk, around: RouteSurroundings): void {
  addRoute(app, around, {
    method: "GET",
    url: "/users",
    name: "listUsers",
    tag,
    summary: "Users of the server's own",
    answer: z.object({ items: z.array(userView) }),
    handle: ({ who }) => desk.list(who),
  });
  addRoute(app, around, {
    method: "POST",
    url: "/users",
    name: "addUser",
    tag,
    summary: "Add somebody; `link` is shown once, and lets them choose a password",
    body: newUser,
    answer: userLink,
    status: 201,
    handle: ({ who, body }) => desk.add(who, body),
  });
  addRoute(app, around, {
    method: "PATCH",
    url: "/users/:name",
    name: "changeUser",
    tag,
    summary: "Change what somebody may do, or disable them",
    params: one,
    body: userChange,
    answer: userView,
    handle: ({ who, params, body }) => desk.change(who, params.name, body),
  });
  addRoute(app, around, {
    method: "POST",
    url: "/users/:name/link",
    name: "linkUser",
    tag,
    summary: "A new link to choose a password",
    params: one,
    answer: userLink,
    status: 201,
    handle: ({ who, params }) => desk.link(who, params.name),
  });
}
