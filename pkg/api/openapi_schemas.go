package api

import (
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/transcript"
)

// schemas are the shapes that the description's operations name.
func schemas() object {
	all := object{}
	for _, group := range []object{commonSchemas(), serverSchemas(), accountSchemas(), projectSchemas(), sessionSchemas(), adminSchemas(), userSchemas(), auditSchemas(), usageSchemas()} {
		for name, schema := range group {
			all[name] = schema
		}
	}
	return all
}

// member is a named schema of a record.
type member struct {
	name   string
	schema object
}

// record is the schema of an object all of whose members are always there, and which has no others.
func record(about string, members ...member) object {
	properties, names := object{}, make([]string, 0, len(members))
	for _, m := range members {
		properties[m.name] = m.schema
		names = append(names, m.name)
	}
	return object{"type": "object", "description": about, "properties": properties, "required": names, "additionalProperties": false}
}

func text(about string) object { return object{"type": "string", "description": about} }

func flag(about string) object { return object{"type": "boolean", "description": about} }

func instant(about string) object {
	return object{"type": "string", "format": "date-time", "description": about}
}

func listOf(item object) object { return object{"type": "array", "items": item} }

func orNull(about string) object {
	return object{"type": []string{"string", "null"}, "description": about}
}

func oneOf(about string, values ...string) object {
	return object{"type": "string", "enum": values, "description": about}
}

func commonSchemas() object {
	return object{
		"Error": record("Every answer that is not a success.",
			member{"error", record("What went wrong.",
				member{"code", oneOf("For programs.", "invalid", "unauthenticated", "second_factor", "forbidden", "not_found", "method_not_allowed",
					"conflict", "busy", "too_large", "too_many", "unavailable", "internal")},
				member{"message", text("A sentence for people.")})}),
		"NewName": object{
			"type": "object", "description": "A name for a new thing.", "required": []string{"name"},
			"properties": object{"name": text("The name, as people see it.")},
		},
	}
}

func serverSchemas() object {
	check := ref("Check")
	return object{
		"Check": object{
			"type": "object", "description": "The outcome of one check.", "required": []string{"status"}, "additionalProperties": false,
			"properties": object{
				"status": oneOf("How it is.", "ok", "degraded", "failed", "disabled"),
				"detail": text("Why it is so."),
			},
		},
		"Health": record("The state of the server.",
			member{"status", oneOf("The worst of the checks that count.", "healthy", "degraded", "unhealthy")},
			member{"timestamp", instant("When the checks ran.")},
			member{"checks", record("The checks by name.",
				member{"sessionsVolume", check}, member{"database", check}, member{"gateway", check},
				member{"sandbox", check}, member{"model", check})}),
		"OpenAPI": object{"type": "object", "description": "An OpenAPI 3.1 document."},
		"Config": record("What a client has to know before sign-in.",
			member{"version", text("The version of the server.")},
			member{"wsUrl", orNull("Where the operator wants clients to find the gateway; null leaves it to them.")},
			member{"demoModel", flag("Whether the built-in demo model answers instead of Claude.")},
			member{"models", listOf(ref("Model"))},
			member{"sandbox", record("How the operator set the boundary around tools.",
				member{"enabled", text("SANDBOX_ENABLED.")}, member{"network", text("SANDBOX_NETWORK.")})},
			member{"signup", oneOf("Who can make an account now.", config.SignupFirstUser, config.SignupOpen, config.SignupClosed)},
			member{"setupRequired", flag("Whether there is no account yet; the first one is the administrator's.")},
			member{"agentEngine", text("AGENT_ENGINE.")},
			member{"sso", orNull("What the page calls the provider of sign-ins; null if there is none.")},
			member{"deleteGraceDays", object{"type": "integer", "description": "DELETE_GRACE_DAYS."}}),
		"Model": object{
			"type": "object", "description": "A model that sessions may use; the first of a list is the default.",
			"required": []string{"id", "name"}, "additionalProperties": false,
			"properties": object{"id": text("Its id."), "name": text("Its name."), "description": text("What it is for.")},
		},
	}
}

func accountSchemas() object {
	return object{
		"Credentials": object{
			"type": "object", "description": "A name and a password, taken exactly as sent.",
			"required": []string{"username", "password"},
			"properties": object{
				"username": text("The account's name."), "password": object{"type": "string", "format": "password"},
				"invitation": text("The secret of a one-time link; for sign-up."),
				"code":       text("Of the second factor, if the account has one: the authenticator's or a recovery code; for sign-in."),
			},
		},
		"Me": record("The signed-in account.",
			member{"id", text("The account's id.")},
			member{"username", text("Its name.")},
			member{"role", oneOf("What it may do.", "admin", "user")},
			member{"home", text("The directory on the server that holds its workspace and transcripts.")},
			member{"defaultCwd", text("The workspace; the working directory of every session lies in it.")}),
		"Token": record("A token of the caller's, without the token itself.",
			member{"id", text("Its id.")}, member{"name", text("Its name.")}, member{"createdAt", instant("When it was made.")}),
		"Tokens": record("The caller's tokens.", member{"items", listOf(ref("Token"))}),
		"NewToken": record("A token that was just made.",
			member{"id", text("Its id.")}, member{"token", text("The token; it cannot be seen again.")}),
		"Ticket": record("What lets one WebSocket connection in.",
			member{"ticket", text("Offer it as the subprotocol ticket.<ticket>, beside acp.v1.")},
			member{"wsUrl", text("The gateway's address.")},
			member{"expiresAt", instant("When it stops working.")}),
	}
}

func projectSchemas() object {
	return object{
		"Project": record("A directory in the caller's workspace.",
			member{"name", text("Its name.")}, member{"path", text("Its absolute path on the server.")},
			member{"modifiedAt", instant("When something was last added to it or removed from it.")}),
		"Projects": record("The caller's projects.", member{"items", listOf(ref("Project"))}),
		"Trash": record("What was deleted and can be had back.", member{"items", listOf(record("Something deleted.",
			member{"id", text("Its id in the trash.")}, member{"kind", oneOf("What it was.", "session", "project")},
			member{"name", text("The session's id, or the project's name.")}, member{"title", text("The session's title.")},
			member{"cwd", text("Where it worked, or where it was.")}, member{"deletedAt", instant("When it was deleted.")},
			member{"purgeAt", instant("When it is removed for good.")}))}),
	}
}

func sessionSchemas() object {
	return object{
		"Session": record("A conversation.",
			member{"id", text("Its id, as in ACP.")},
			member{"title", text("Its title; empty until it has one.")},
			member{"cwd", text("Its working directory.")},
			member{"createdAt", instant("When it began.")},
			member{"updatedAt", instant("When something was last said in it.")},
			member{"messageCount", object{"type": "integer", "description": "How many messages it has."}},
			member{"state", oneOf("What it does now.", "idle", "running", "requires_action")},
			member{"archived", flag("Whether its owner put it away.")},
			member{"pinned", flag("Whether its owner keeps it on top.")},
			member{"interrupted", flag("Whether its last turn was cut off and can go on; see _agentchat/continue.")}),
		"SessionPage": record("Sessions, newest first.",
			member{"items", listOf(ref("Session"))}, member{"nextCursor", orNull("Asks for the next page; null on the last.")}),
		"SessionPatch": object{
			"type": "object", "description": "What to change; what is absent stays.", "minProperties": 1,
			"properties": object{
				"title":    object{"type": "string", "minLength": 1, "maxLength": maxTitle},
				"archived": object{"type": "boolean"}, "pinned": object{"type": "boolean"},
			},
		},
		"ForkPoint": object{
			"type": "object", "description": "Where to fork: one of both, or neither for the end.",
			"properties": object{
				"messageId": text("The messageId of an update."), "cursor": text("The agentchat/cursor of an update."),
			},
		},
		"MessagePage": record("A part of a conversation, oldest first.",
			member{"items", listOf(ref("Update"))},
			member{"nextBefore", orNull("Asks for the part before this one; null at the beginning.")},
			member{"nextAfter", orNull("Asks for the part after this one; null at the end.")},
			member{"hasMore", flag("Whether there is a part before this one.")},
			member{"skipped", object{"type": "integer", "description": "How many damaged lines were passed by for this page."}}),
		"FoundPage": record("Search results, newest first.",
			member{"items", listOf(ref("Found"))}, member{"nextCursor", orNull("Asks for the next page; null on the last.")}),
		"Found": record("A place in a session.",
			member{"sessionId", text("The session.")},
			member{"title", text("Its title.")},
			member{"cwd", text("Its working directory.")},
			member{"kind", oneOf("What was found.", index.KindPrompt, index.KindAnswer, index.KindThinking, index.KindCall, index.KindResult)},
			member{"cursor", text("The agentchat/cursor of its update; the messages around it show the place.")},
			member{"messageId", text("The messageId of its update.")},
			member{"timestamp", instant("When it was said.")},
			member{"excerpt", listOf(ref("ExcerptPart"))}),
		"ExcerptPart": record("A piece of the text.",
			member{"text", text("The piece.")}, member{"match", flag("Whether it is what was looked for.")}),
		"Update": object{
			"type":        "object",
			"description": "The update member of an ACP session/update, with agentchat/cursor and agentchat/timestamp in its _meta.",
			"required":    []string{"sessionUpdate"},
			"properties":  object{"sessionUpdate": text("The kind of update."), "_meta": object{"type": "object"}},
		},
	}
}

func adminSchemas() object {
	count := func(about string) object { return object{"type": "integer", "description": about} }
	return object{
		"Patients": record("Sessions with damaged transcripts.", member{"items", listOf(ref("Patient"))}),
		"Patient": record("A session with a damaged transcript; nothing that was said in it.",
			member{"sessionId", text("The session.")}, member{"username", text("Whose it is.")},
			member{"file", text("Its transcript, below the sessions root.")}, member{"diagnosis", ref("Diagnosis")}),
		"Diagnosis": record("The state of a transcript.",
			member{"size", count("Its bytes.")}, member{"lines", count("Its lines, empty ones not counted.")},
			member{"records", count("The whole records in it.")}, member{"damaged", count("The lines that are damaged.")},
			member{"findings", listOf(ref("Finding"))},
			member{"orphans", count("Records whose parent is not in the file; reading goes on over them.")},
			member{"repeated", count("Records with the uuid of an earlier one; the later one counts.")},
			member{"aside", listOf(object{"type": "string"})}),
		"Finding": record("A damaged line.",
			member{"damage", oneOf("What is wrong with it.", string(transcript.Torn), string(transcript.Unended), string(transcript.Zeros),
				string(transcript.Glued), string(transcript.Unreadable), string(transcript.TooLong))},
			member{"line", count("Its number, from 1.")}, member{"offset", count("Where it begins.")}, member{"size", count("Its bytes.")},
			member{"records", count("The whole records in it, which repair keeps.")},
			member{"lost", count("The bytes that are part of none, which repair leaves out.")}),
		"RepairRequest": object{
			"type": "object", "description": "Which transcript to repair.", "required": []string{"sessionId"},
			"properties": object{"sessionId": text("The session.")},
		},
		"Repaired": record("What a repair did.",
			member{"changed", count("The damaged lines.")}, member{"records", count("The whole records that were taken out of them.")},
			member{"lost", count("The bytes that were left out.")},
			member{"copy", text("The file beside it that holds what was there before; empty if nothing changed.")}),
	}
}
