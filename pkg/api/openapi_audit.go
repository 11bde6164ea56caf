package api

func auditOperations() []operation {
	words := object{"type": "string"}
	return []operation{
		{
			method: "get", path: "/api/admin/audit", id: "listAudit", tag: "admin", access: administrators, status: 200,
			answer: "AuditPage", summary: "Who did what, the newest first", errors: []int{400, 401, 403, 503},
			params: []object{
				queryParam("actor", "An account's id, or the beginning of a username.", words),
				queryParam("action", "An action, or the beginning of one.", words),
				queryParam("q", "Text in the target, the address or the detail.", words),
				queryParam("before", "The next of the page before.", object{"type": "integer", "minimum": 0}),
				queryParam("limit", "How many entries a page has.", whole(50, 200)),
			},
		},
		{
			method: "get", path: "/api/admin/audit/export", id: "exportAudit", tag: "admin", access: administrators, status: 200,
			answerNote: "The whole log, the oldest entry first.", summary: "The audit log as a file", errors: []int{400, 401, 403, 503},
			params: []object{queryParam("format", "JSON lines, or a table.", object{"type": "string", "enum": []string{"jsonl", "csv"}})},
		},
		{
			method: "get", path: "/api/admin/audit/verify", id: "verifyAudit", tag: "admin", access: administrators, status: 200,
			answer: "AuditCheck", summary: "Whether the audit log is as it was written", errors: []int{401, 403, 503},
		},
	}
}

func auditSchemas() object {
	return object{
		"AuditPage": record("A page of the audit log.", member{"items", listOf(ref("AuditEntry"))},
			member{"next", object{"type": []string{"integer", "null"}, "description": "For the page behind this one; null at the end."}}),
		"AuditEntry": record("What somebody did.",
			member{"seq", object{"type": "integer", "description": "Its number, from 1 and without gaps."}},
			member{"at", instant("When.")}, member{"actor", text("The account; empty for a stranger or the server itself.")},
			member{"username", text("The account's name now; empty if there is none.")}, member{"action", text("What.")},
			member{"target", text("What it was done to.")}, member{"address", text("Where the request came from.")},
			member{"detail", object{"type": "object", "description": "More, as short texts."}},
			member{"hash", text("Over this entry and the hash of the one before it.")}),
		"AuditCheck": record("What a check of the chain found.",
			member{"entries", object{"type": "integer", "description": "How many fit, from the first one on."}},
			member{"broken", object{"type": "integer", "description": "The number of the first one that does not; 0 if all do."}},
			member{"reason", text("What is wrong there.")}, member{"head", text("The hash of the last one that fits.")}),
	}
}
