package api

func userOperations() []operation {
	id := idParam("The account's id.")
	link := idParam("The link's id.")
	session := idParam("The web session's id.")
	return []operation{
		{
			method: "post", path: "/api/auth/reset", id: "resetPassword", tag: "account", status: 204, body: "PasswordByLink",
			summary:    "Set a password by a one-time link",
			answerNote: "Set; everything that let the account in before is over.", errors: []int{400, 403, 413, 429, 503},
		},
		{
			method: "put", path: "/api/me/password", id: "changePassword", tag: "account", access: signedInOnly, status: 204, body: "PasswordChange",
			summary:    "Change the own password",
			answerNote: "Changed; the caller's other web sessions are over.", errors: []int{400, 401, 403, 409, 413, 429, 503},
		},
		{
			method: "get", path: "/api/web-sessions", id: "listWebSessions", tag: "account", access: signedInOnly, status: 200,
			answer: "WebSessions", summary: "Where the caller is signed in", errors: []int{401, 503},
		},
		{
			method: "delete", path: "/api/web-sessions", id: "endOtherWebSessions", tag: "account", access: signedInOnly, status: 204,
			summary: "Sign out everywhere else", answerNote: "Signed out.", errors: []int{401, 403, 503},
		},
		{
			method: "delete", path: "/api/web-sessions/{id}", id: "endWebSession", tag: "account", access: signedInOnly, status: 204,
			params: []object{session}, summary: "End one of the caller's web sessions", answerNote: "Ended.", errors: []int{401, 403, 404, 503},
		},
		{
			method: "get", path: "/api/admin/boundary", id: "getBoundary", tag: "admin", access: administrators, status: 200,
			answer: "Boundary", summary: "What the last test of the boundary around tools found", errors: []int{401, 403, 503},
		},
		{
			method: "post", path: "/api/admin/boundary/test", id: "testBoundary", tag: "admin", access: administrators, status: 200,
			answer: "Boundary", summary: "Test the boundary around tools now", errors: []int{401, 403, 503},
		},
		{
			method: "get", path: "/api/admin/users", id: "listUsers", tag: "admin", access: administrators, status: 200,
			answer: "Users", summary: "All accounts, the oldest first", errors: []int{401, 403, 503},
		},
		{
			method: "patch", path: "/api/admin/users/{id}", id: "patchUser", tag: "admin", access: administrators, status: 200,
			params: []object{id}, body: "UserChange", answer: "User", summary: "Change role and standing of an account; the last administrator stays one",
			errors: []int{400, 401, 403, 404, 409, 413, 503},
		},
		{
			method: "delete", path: "/api/admin/users/{id}", id: "deleteUser", tag: "admin", access: administrators, status: 204,
			params: []object{id}, summary: "Delete an account; until it is removed for good, letting it in again brings it back",
			answerNote: "Kept out, and what it ran is stopped.", errors: []int{401, 403, 404, 409, 503},
		},
		{
			method: "delete", path: "/api/admin/users/{id}/second-factor", id: "removeFactorOf", tag: "admin", access: administrators, status: 204,
			params: []object{id}, summary: "Remove the second factor of somebody who has lost it", answerNote: "Removed.", errors: []int{401, 403, 404, 503},
		},
		{
			method: "post", path: "/api/admin/users/{id}/reset", id: "offerReset", tag: "admin", access: administrators, status: 201,
			params: []object{id}, answer: "NewLink", summary: "A one-time link to a new password, for a day", errors: []int{401, 403, 404, 503},
		},
		{
			method: "get", path: "/api/admin/links", id: "listLinks", tag: "admin", access: administrators, status: 200,
			answer: "Links", summary: "The one-time links that can still be used", errors: []int{401, 403, 503},
		},
		{
			method: "post", path: "/api/admin/invitations", id: "invite", tag: "admin", access: administrators, status: 201,
			body: "Invitation", answer: "NewLink", summary: "A one-time link to an account, for seven days", errors: []int{400, 401, 403, 413, 503},
		},
		{
			method: "delete", path: "/api/admin/links/{id}", id: "deleteLink", tag: "admin", access: administrators, status: 204,
			params: []object{link}, summary: "Take a link back", answerNote: "Taken back.", errors: []int{401, 403, 404, 503},
		},
	}
}

func factorOperations() []operation {
	return []operation{
		{
			method: "get", path: "/api/auth/oidc/login", id: "leaveForProvider", tag: "account", status: 302,
			params:  []object{queryParam("link", "1 adds the sign-in to the caller's account.", object{"type": "string"})},
			summary: "Go to the provider of sign-ins", answerNote: "To the provider, or back to the page with what is wrong.",
		},
		{
			method: "get", path: callbackPath, id: "returnFromProvider", tag: "account", status: 302,
			params:  []object{queryParam("state", "What was sent to the provider.", object{"type": "string"}), queryParam("code", "The provider's code.", object{"type": "string"})},
			summary: "Come back from the provider", answerNote: "To the page, signed in, or with what is wrong.",
		},
		{
			method: "get", path: "/api/me/provider", id: "getLinked", tag: "account", access: signedInOnly, status: 200,
			answer: "Linked", summary: "Whether the provider's sign-in leads to the caller's account", errors: []int{401, 404, 503},
		},
		{
			method: "delete", path: "/api/me/provider", id: "unlink", tag: "account", access: signedInOnly, status: 204,
			summary: "Have the provider's sign-in lead to the caller's account no longer", answerNote: "Removed.", errors: []int{401, 403, 404, 503},
		},
		{
			method: "get", path: "/api/me/second-factor", id: "getFactor", tag: "account", access: signedInOnly, status: 200,
			answer: "Factor", summary: "Whether the caller's sign-ins ask for a code", errors: []int{401, 503},
		},
		{
			method: "post", path: "/api/me/second-factor", id: "beginFactor", tag: "account", access: signedInOnly, status: 201, body: "PasswordProof",
			answer: "NewFactor", summary: "Begin a second factor; it counts once it is confirmed", errors: []int{400, 401, 403, 409, 413, 429, 503},
		},
		{
			method: "post", path: "/api/me/second-factor/confirm", id: "confirmFactor", tag: "account", access: signedInOnly, status: 200, body: "Code",
			answer: "RecoveryCodes", summary: "Confirm the second factor by a code of it", errors: []int{400, 401, 403, 404, 409, 413, 429, 503},
		},
		{
			method: "delete", path: "/api/me/second-factor", id: "removeFactor", tag: "account", access: signedInOnly, status: 204, body: "PasswordProof",
			summary: "Remove the second factor", answerNote: "Removed.", errors: []int{400, 401, 403, 404, 413, 429, 503},
		},
	}
}

// input is the schema of a body: the members named are needed, further ones are ignored.
func input(about string, needed []string, properties object) object {
	schema := object{"type": "object", "description": about, "properties": properties}
	if len(needed) > 0 {
		schema["required"] = needed
	}
	return schema
}

func userSchemas() object {
	secret := object{"type": "string", "format": "password"}
	role := oneOf("What it may do.", "admin", "user")
	link := []member{
		{"id", text("Its id.")},
		{"kind", oneOf("What it is for.", "invitation", "reset")},
		{"role", text("The role of whoever is invited.")},
		{"userId", text("The account whose password is reset.")},
		{"createdAt", instant("When it was made.")},
		{"expiresAt", instant("When it stops to count.")},
	}
	return object{
		"PasswordChange": input("The passwords, taken exactly as sent.", []string{"current", "next"}, object{"current": secret, "next": secret}),
		"PasswordByLink": input("A link's secret and the new password.", []string{"link", "password"}, object{"link": secret, "password": secret}),
		"UserChange":     input("What changes.", nil, object{"role": role, "disabled": flag("Whether the account is kept out.")}),
		"Invitation":     input("Who is invited.", []string{"role"}, object{"role": role}),
		"WebSessions":    record("Where the caller is signed in.", member{"items", listOf(ref("WebSession"))}),
		"WebSession": record("A sign-in that has not ended.",
			member{"id", text("Its id.")}, member{"current", flag("Whether it is the one that asks.")}, member{"address", text("Where it was made.")},
			member{"createdAt", instant("When.")}, member{"expiresAt", instant("When it ends by itself.")}),
		"Users": record("All accounts.", member{"items", listOf(ref("User"))}),
		"User": record("An account.", member{"id", text("Its id.")}, member{"username", text("Its name.")}, member{"role", role},
			member{"disabled", flag("Whether it is kept out.")}, member{"createdAt", instant("When it was made.")},
			member{"purgeAt", orNull("When it is removed for good, if it was deleted.")},
			member{"secondFactor", flag("Whether its sign-ins ask for a code.")}),
		"Linked": record("The provider of sign-ins.", member{"linked", flag("Whether its sign-in leads to the caller's account.")}),
		"Factor": record("The second factor.", member{"on", flag("Whether sign-ins ask for a code.")}),
		"NewFactor": record("A second factor that waits for its first code.", member{"secret", text("To be typed into an authenticator, in base32.")},
			member{"uri", text("The same as an otpauth address.")}, member{"qr", text("The same as a picture: the address of a PNG.")}),
		"Code":          input("A code of the authenticator.", []string{"code"}, object{"code": text("Six digits.")}),
		"RecoveryCodes": record("Codes that each stand for one of the authenticator's; shown this once.", member{"recoveryCodes", listOf(text("A code."))}),
		"Boundary": record("The boundary around tools.",
			member{"enabled", text("SANDBOX_ENABLED.")}, member{"tier", oneOf("What holds now.", "none", "landlock", "namespaces", "unsafe")},
			member{"ok", flag("Whether tools run.")}, member{"detail", text("Why not, or what is weaker than it could be.")},
			member{"testedAt", instant("When that was found.")}, member{"tookMs", object{"type": "number", "description": "How long the test took, in milliseconds."}},
			member{"network", text("SANDBOX_NETWORK.")}, member{"hosts", listOf(text("A host that commands may reach."))},
			member{"limits", record("Of one command.",
				member{"outputBytes", object{"type": "integer", "description": "What it may write."}},
				member{"tasks", object{"type": "integer", "description": "Its processes and threads at once."}},
				member{"memoryBytes", object{"type": "integer", "description": "Their memory together."}})}),
		"PasswordProof": input("The caller's password.", []string{"password"}, object{"password": secret}),
		"Links":         record("The links that can still be used.", member{"items", listOf(ref("Link"))}),
		"Link":          record("A one-time link, without its secret.", link...),
		"NewLink":       record("A one-time link. Its secret is never shown again.", append(link, member{"secret", text("What its holder sends back.")})...),
	}
}
