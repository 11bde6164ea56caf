package api

// operations describes every route of the app.
func operations() []operation {
	var all []operation
	for _, group := range [][]operation{serverOperations(), accountOperations(), projectOperations(), sessionOperations(), adminOperations(), userOperations(), factorOperations(), auditOperations(), usageOperations()} {
		all = append(all, group...)
	}
	return all
}

func serverOperations() []operation {
	return []operation{
		{
			method: "get", path: "/api/health", id: "getHealth", tag: "server", status: 200, answer: "Health",
			summary:    "The state of everything that the server depends on",
			answerNote: "Healthy or degraded. The same body comes with 503 when the server is unhealthy.",
			failure:    "Health", errors: []int{503},
		},
		{
			method: "get", path: "/api/livez", id: "getLive", tag: "server", status: 200, answer: "Check",
			summary: "Whether the process runs", answerNote: "It runs.",
		},
		{
			method: "get", path: "/api/readyz", id: "getReady", tag: "server", status: 200, answer: "Check",
			summary: "Whether the server can take requests", answerNote: "It can.", failure: "Check", errors: []int{503},
		},
		{
			method: "get", path: "/api/openapi.json", id: "getDescription", tag: "server", status: 200,
			summary: "This description", answer: "OpenAPI",
		},
		{
			method: "get", path: "/api/config", id: "getConfig", tag: "server", status: 200, answer: "Config",
			summary: "What a client has to know before sign-in; nothing secret", errors: []int{503},
		},
		{
			method: "get", path: "/ws/agent", id: "connectAgent", tag: "server", status: 101,
			summary: "The Agent Client Protocol over WebSocket, forwarded to the gateway",
			answerNote: "Switching protocols. Sign in with the cookie, a token, or a ticket as a second subprotocol: " +
				"Sec-WebSocket-Protocol: acp.v1, ticket.<ticket>.",
			errors: []int{400, 401, 403, 503},
		},
	}
}

func accountOperations() []operation {
	id := idParam("The token's id.")
	return []operation{
		{
			method: "post", path: "/api/auth/signup", id: "signUp", tag: "account", status: 201, body: "Credentials", answer: "Me",
			summary:    "Make an account; the first one is the administrator",
			answerNote: "Made and signed in: the answer sets the cookie.", errors: []int{400, 403, 409, 413, 429, 503},
		},
		{
			method: "post", path: "/api/auth/login", id: "logIn", tag: "account", status: 200, body: "Credentials", answer: "Me",
			summary: "Sign in", answerNote: "Signed in: the answer sets the cookie.", errors: []int{400, 401, 403, 413, 429, 503},
		},
		{
			method: "post", path: "/api/auth/logout", id: "logOut", tag: "account", status: 204,
			summary: "Sign out; without a cookie nothing happens", answerNote: "Signed out.", errors: []int{403, 503},
		},
		{
			method: "get", path: "/api/me", id: "getMe", tag: "account", access: signedInOnly, status: 200, answer: "Me",
			summary: "The signed-in account", errors: []int{401, 503},
		},
		{
			method: "delete", path: "/api/me", id: "deleteMe", tag: "account", access: signedInOnly, status: 204, body: "PasswordProof",
			summary: "Delete the own account; the last administrator stays", answerNote: "Signed out everywhere; removed for good when the grace period is over.",
			errors: []int{400, 401, 403, 409, 413, 429, 503},
		},
		{
			method: "get", path: "/api/tokens", id: "listTokens", tag: "account", access: signedInOnly, status: 200, answer: "Tokens",
			summary: "The caller's tokens, without the tokens themselves", errors: []int{401, 503},
		},
		{
			method: "post", path: "/api/tokens", id: "createToken", tag: "account", access: signedInOnly, status: 201,
			body: "NewName", answer: "NewToken", summary: "Make a token for a program; it is shown this once",
			errors: []int{400, 401, 403, 409, 413, 503},
		},
		{
			method: "delete", path: "/api/tokens/{id}", id: "deleteToken", tag: "account", access: signedInOnly, status: 204,
			params: []object{id}, summary: "Revoke a token", answerNote: "Revoked.", errors: []int{401, 403, 404, 503},
		},
		{
			method: "post", path: "/api/ws-ticket", id: "createTicket", tag: "account", access: signedInOnly, status: 200, answer: "Ticket",
			summary: "A ticket that lets one WebSocket connection in, within 30 seconds", errors: []int{401, 403, 429, 503},
		},
	}
}

func projectOperations() []operation {
	entry := idParam("The id of the entry in the trash.")
	return []operation{
		{
			method: "get", path: "/api/projects", id: "listProjects", tag: "project", access: signedInOnly, status: 200, answer: "Projects",
			summary: "The caller's projects", errors: []int{401, 503},
		},
		{
			method: "post", path: "/api/projects", id: "createProject", tag: "project", access: signedInOnly, status: 201,
			body: "NewName", answer: "Project", summary: "Make an empty project", errors: []int{400, 401, 403, 409, 413, 503},
		},
		{
			method: "delete", path: "/api/projects/{name}", id: "deleteProject", tag: "project", access: signedInOnly, status: 204,
			params: []object{pathParameter("name", "The project's name.")}, summary: "Delete a project and the sessions in it",
			answerNote: "Stopped, and in the trash.", errors: []int{401, 403, 404, 409, 503},
		},
		{
			method: "get", path: "/api/trash", id: "listTrash", tag: "project", access: signedInOnly, status: 200, answer: "Trash",
			summary: "What the caller has deleted and can have back, the newest first", errors: []int{401, 503},
		},
		{
			method: "post", path: "/api/trash/{id}/restore", id: "restoreTrash", tag: "project", access: signedInOnly, status: 204,
			params: []object{entry}, summary: "Put something back; with a project its sessions", answerNote: "It is where it was.",
			errors: []int{401, 403, 404, 409, 503},
		},
		{
			method: "delete", path: "/api/trash/{id}", id: "purgeTrash", tag: "project", access: signedInOnly, status: 204,
			params: []object{entry}, summary: "Remove something for good", answerNote: "Removed.", errors: []int{401, 403, 404, 503},
		},
	}
}

func sessionOperations() []operation {
	id := idParam("The session's id, as in ACP.")
	return []operation{
		{
			method: "get", path: "/api/sessions", id: "listSessions", tag: "session", access: signedInOnly, status: 200, answer: "SessionPage",
			summary: "The caller's sessions, newest first", errors: []int{400, 401, 503},
			params: []object{
				queryParam("q", "Words of the title.", object{"type": "string", "maxLength": maxQuery}),
				queryParam("project", "The name of a project: only the sessions in it.", object{"type": "string"}),
				queryParam("archived", "Whether archived sessions are in the list too.", object{"type": "boolean", "default": false}),
				queryParam("cursor", "The nextCursor of the page before.", object{"type": "string"}),
				queryParam("limit", "How many sessions a page has.", whole(sessionsUsual, sessionsMost)),
			},
		},
		{
			method: "get", path: "/api/sessions/{id}", id: "getSession", tag: "session", access: signedInOnly, status: 200, answer: "Session",
			params: []object{id}, summary: "One session", errors: []int{401, 404, 503},
		},
		{
			method: "patch", path: "/api/sessions/{id}", id: "changeSession", tag: "session", access: signedInOnly, status: 200,
			params: []object{id}, body: "SessionPatch", answer: "Session",
			summary: "Rename, archive or pin a session", errors: []int{400, 401, 403, 404, 409, 413, 503},
		},
		{
			method: "delete", path: "/api/sessions/{id}", id: "deleteSession", tag: "session", access: signedInOnly, status: 204,
			params: []object{id}, summary: "Delete a session and its transcript", answerNote: "Stopped, and in the trash.",
			errors: []int{401, 403, 404, 409, 503},
		},
		{
			method: "get", path: "/api/sessions/{id}/messages", id: "listMessages", tag: "session", access: signedInOnly, status: 200,
			answer: "MessagePage", summary: "A page of the conversation; the newest one first", errors: []int{400, 401, 404, 503},
			params: append([]object{id}, pageParams()...),
		},
		{
			method: "get", path: "/api/sessions/{id}/subagents/{agent}/messages", id: "listSubagentMessages", tag: "session", access: signedInOnly,
			status: 200, answer: "MessagePage", summary: "A page of a subagent's own conversation; the newest one first", errors: []int{400, 401, 404, 503},
			params: append([]object{id, pathParameter("agent", "The subagent's id, or that of the tool call that started it.")}, pageParams()...),
		},
		{
			method: "post", path: "/api/sessions/{id}/fork", id: "forkSession", tag: "session", access: signedInOnly, status: 201,
			params: []object{id}, body: "ForkPoint", answer: "Session",
			summary:    "Make a new session of this one, up to and with a message",
			answerNote: "Forked; the session that it comes from stays as it is.", errors: []int{400, 401, 403, 404, 409, 413, 503},
		},
		{
			method: "get", path: "/api/sessions/{id}/export", id: "exportSession", tag: "session", access: signedInOnly, status: 200,
			answerNote: "The file.", summary: "The conversation as a file", errors: []int{400, 401, 404, 503},
			params: []object{
				id,
				queryParam("format", "The transcript itself, Markdown, or a page for a browser.", object{"type": "string", "enum": []string{"jsonl", "md", "html"}}),
				queryParam("lang", "The language of the few words between: zh-CN, or English.", object{"type": "string"}),
			},
		},
		{
			method: "get", path: "/api/search", id: "searchText", tag: "session", access: signedInOnly, status: 200,
			answer: "FoundPage", summary: "What is said in the caller's sessions, newest first", errors: []int{400, 401, 503},
			params: []object{
				queryParam("q", "Words, all of which are looked for; those between double quotes together.", object{"type": "string", "maxLength": maxQuery}),
				queryParam("cursor", "The nextCursor of the page before.", object{"type": "string"}),
				queryParam("limit", "How many results a page has.", whole(foundUsual, foundMost)),
			},
		},
	}
}

// pageParams ask for a page of a conversation.
func pageParams() []object {
	return []object{
		queryParam("before", "The nextBefore of the page after.", object{"type": "string"}),
		queryParam("after", "The nextAfter of the page before.", object{"type": "string"}),
		queryParam("around", "The cursor of an update, for the page that has it in its middle.", object{"type": "string"}),
		queryParam("limit", "How many transcript records a page covers.", whole(messagesUsual, messagesMost)),
	}
}

func adminOperations() []operation {
	return []operation{
		{
			method: "get", path: "/api/admin/doctor", id: "examineSessions", tag: "admin", access: administrators, status: 200,
			answer: "Patients", summary: "The sessions with damaged transcripts", errors: []int{401, 403, 503},
		},
		{
			method: "post", path: "/api/admin/doctor/repair", id: "repairSession", tag: "admin", access: administrators, status: 200,
			body: "RepairRequest", answer: "Repaired", summary: "Repair a session's transcript; what was there stays beside it",
			errors: []int{400, 401, 403, 404, 409, 413, 503},
		},
	}
}

// whole is the schema of a whole number from 1.
func whole(usual, most int) object {
	return object{"type": "integer", "minimum": 1, "maximum": most, "default": usual}
}
