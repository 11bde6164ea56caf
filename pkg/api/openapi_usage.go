package api

func usageOperations() []operation {
	words := object{"type": "string"}
	day := object{"type": "string", "format": "date"}
	params := []object{
		queryParam("from", "The first day that counts, in UTC.", day), queryParam("to", "The last day that counts.", day),
		queryParam("session", "Only this session.", words),
	}
	return []operation{
		{
			method: "get", path: "/api/usage", id: "getUsage", tag: "session", access: signedInOnly, status: 200, answer: "Usage",
			summary: "What the caller's sessions used, by day and model, the newest day first", errors: []int{400, 401, 503}, params: params,
		},
		{
			method: "get", path: "/api/admin/usage", id: "getAllUsage", tag: "admin", access: administrators, status: 200, answer: "Usage",
			summary: "What everybody's sessions used, by user, day and model", errors: []int{400, 401, 403, 503},
			params: append([]object{queryParam("user", "Only this account, by its id.", words)}, params...),
		},
		{
			method: "get", path: "/api/admin/turns", id: "listTurns", tag: "admin", access: administrators, status: 200, answer: "Turns",
			summary: "The turns that run, or wait for a person", errors: []int{401, 403, 503},
		},
	}
}

func usageSchemas() object {
	count := func(what string) object { return object{"type": "integer", "description": what} }
	return object{
		"Usage": record("Tokens and their cost.", member{"items", listOf(ref("DayUsage"))}),
		"DayUsage": record("What was used on one day with one model.",
			member{"userId", text("The account.")}, member{"username", text("Its name.")},
			member{"day", text("In UTC; empty if it is not known.")}, member{"model", text("The model.")}, member{"sessions", count("How many sessions.")},
			member{"inputTokens", count("Tokens read.")}, member{"outputTokens", count("Tokens written.")},
			member{"cacheReadTokens", count("Tokens read from the cache.")}, member{"cacheWriteTokens", count("Tokens written to the cache.")},
			member{"cost", object{"type": []string{"number", "null"}, "description": "In US dollars; null if the model has no price here."}}),
		"Turns": record("What runs.", member{"items", listOf(ref("Turn"))}),
		"Turn": record("A turn that runs.",
			member{"sessionId", text("Its session.")}, member{"userId", text("The session's account.")}, member{"username", text("Its name.")},
			member{"state", text("running or requires_action.")}, member{"updatedAt", instant("When something last happened.")}),
	}
}
