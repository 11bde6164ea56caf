package transcript

import "time"

// fields are the members of a record that this package looks at, as they stand in its line: strings without their quotes,
// escapes as they are, and other values whole. Of a member that comes twice the later one counts, and one of a wrong type
// is passed by, as encoding/json does it.
type fields struct {
	line []byte

	kind, subtype, session, uuid, parent, logical, timestamp []byte
	promptID, permissionMode, cwd, requestID, source         []byte
	boundary                                                 []byte
	leaf, lastPrompt, customTitle, aiTitle, summary          []byte
	useResult, attachment, compact, content                  []byte // any value

	sidechain, meta, notice, compactSummary, apiError, aborted, explicit bool
	noLeaf                                                               bool // a last-prompt points to null

	message struct {
		id, role, model, stopReason []byte
		content, usage              []byte // any value
	}
	blocks blocks // of the content
	queued queued
}

// queued is what an attachment says of a message that was typed while a tool ran. Commands to the program are in it too.
type queued struct {
	kind, mode []byte
	meta       bool
	prompt     []byte // any value
}

// blocks is what the content of a record holds, without the blocks themselves.
type blocks struct {
	count     int
	firstKind []byte
	firstText []byte
	uses      [][]byte // the calls' ids
	results   [][]byte // the ids of the calls that results are for
	planned   bool     // a call puts a task on the session's list
}

var textKind = []byte(blockText)

// toolTaskCreate is the tool that puts tasks on the list of a session.
const toolTaskCreate = "TaskCreate"

// blockFields are the members of one of them.
type blockFields struct{ kind, text, id, name, toolUseID []byte }

// scan walks over a line. It is false if that is not an object, or not one that closes.
func (f *fields) scan(line []byte) bool {
	*f = fields{line: line, blocks: f.blocks.emptied()}
	p := parser{data: line}
	if p.peek() != '{' {
		return false
	}
	for key := range p.members {
		f.member(&p, key)
	}
	if p.bad || p.peek() != 0 {
		return false
	}
	f.kind, f.subtype = plain(f.kind), plain(f.subtype)
	f.queue()
	return true
}

// member steps over a member's value and keeps what is wanted.
//
//nolint:funlen // a table.
func (f *fields) member(p *parser, key []byte) {
	switch string(key) {
	case "type":
		p.optional(&f.kind)
	case "subtype":
		p.optional(&f.subtype)
	case "sessionId":
		p.optional(&f.session)
	case "uuid":
		p.optional(&f.uuid)
	case "parentUuid":
		p.optional(&f.parent)
	case "logicalParentUuid":
		p.optional(&f.logical)
	case "timestamp":
		p.optional(&f.timestamp)
	case "promptId":
		p.optional(&f.promptID)
	case "permissionMode":
		p.optional(&f.permissionMode)
	case "cwd":
		p.optional(&f.cwd)
	case "requestId":
		p.optional(&f.requestID)
	case "sourceToolAssistantUUID":
		p.optional(&f.source)
	case "agentchatBoundary":
		p.optional(&f.boundary)
	case "leafUuid":
		f.noLeaf = p.peek() == 'n'
		p.optional(&f.leaf)
	case "lastPrompt":
		p.optional(&f.lastPrompt)
	case "customTitle":
		p.optional(&f.customTitle)
	case "aiTitle":
		p.optional(&f.aiTitle)
	case "summary":
		p.optional(&f.summary)
	case "isSidechain":
		p.flag(&f.sidechain)
	case "isMeta":
		p.flag(&f.meta)
	case "isCompactSummary":
		p.flag(&f.compactSummary)
	case "isApiErrorMessage":
		p.flag(&f.apiError)
	case "isAbortedMidStream":
		p.flag(&f.aborted)
	case "explicit":
		p.flag(&f.explicit)
	case "toolUseResult":
		f.useResult = p.value()
	case "attachment":
		f.attachment = p.value()
		f.attach()
	case "compactMetadata":
		f.compact = p.value()
	case "content":
		f.content = p.value()
	case "origin":
		f.notice = foreign(p.value())
	case "message":
		f.scanMessage(p)
	default:
		p.value()
	}
}

func (f *fields) scanMessage(p *parser) {
	if p.peek() != '{' {
		if value := p.value(); string(value) == "null" {
			f.message.id, f.message.role, f.message.model, f.message.stopReason = nil, nil, nil, nil
			f.message.content, f.message.usage = nil, nil
			f.blocks = f.blocks.emptied()
		}
		return
	}
	for key := range p.members {
		switch string(key) {
		case "id":
			p.optional(&f.message.id)
		case "role":
			p.optional(&f.message.role)
		case "model":
			p.optional(&f.message.model)
		case "stop_reason":
			p.optional(&f.message.stopReason)
		case "usage":
			f.message.usage = p.value()
		case "content":
			p.peek()
			start := p.at
			f.blocks.scan(p)
			f.message.content = p.data[start:p.at]
		default:
			p.value()
		}
	}
}

// attach reads what an attachment says. One that comes twice adds to the first.
func (f *fields) attach() {
	p := parser{data: f.attachment}
	if string(f.attachment) == "null" {
		f.queued = queued{}
	}
	for key := range p.members {
		switch string(key) {
		case "type":
			p.optional(&f.queued.kind)
		case "commandMode":
			p.optional(&f.queued.mode)
		case "isMeta":
			p.flag(&f.queued.meta)
		case "prompt":
			f.queued.prompt = p.value()
		default:
			p.value()
		}
	}
}

// foreign reports whether a record's origin says that it comes from a task that ended and not from a person.
func foreign(origin []byte) bool {
	p := parser{data: origin}
	var kind []byte
	for key := range p.members {
		if string(key) == "kind" {
			p.optional(&kind)
		} else {
			p.value()
		}
	}
	return string(plain(kind)) == "task-notification"
}

// queue makes a record of a queued message one of the user's, and one of a command to the program.
func (f *fields) queue() {
	switch {
	case string(plain(f.queued.kind)) == "queued_command":
		mode := string(plain(f.queued.mode))
		f.notice = f.notice || f.meta || f.queued.meta || mode != "" && mode != "prompt"
	case string(f.kind) == typeSystem && string(f.subtype) == subtypeCommand && len(f.content) > 0 && f.content[0] == '"':
		f.queued.prompt = f.content
	default:
		f.queued.prompt = nil
	}
	f.meta = f.meta || f.notice
	if f.queued.prompt != nil {
		p := parser{data: f.queued.prompt}
		f.blocks.scan(&p)
	}
}

// title is the text by which a list may name the session.
func (f *fields) title() []byte {
	switch string(f.kind) {
	case typeCustomTitle:
		return f.customTitle
	case typeAITitle:
		return f.aiTitle
	case typeSummary:
		return f.summary
	case typeLastPrompt:
		return f.lastPrompt
	default:
		return nil
	}
}

// emptied keeps only memory.
func (b *blocks) emptied() blocks { return blocks{uses: b.uses[:0], results: b.results[:0]} }

// scan steps over a message's content.
func (b *blocks) scan(p *parser) {
	*b = b.emptied()
	switch {
	case p.peek() == '"':
		if text := p.text(); len(text) > 0 {
			b.count, b.firstKind, b.firstText = 1, textKind, text
		}
	case p.enter('['):
		for first := true; p.more(first, ']'); first = false {
			b.element(p)
		}
	default:
		p.value()
	}
}

// element steps over one block. What is no object with a type is none.
func (b *blocks) element(p *parser) {
	if p.peek() != '{' {
		p.value()
		return
	}
	var f blockFields
	for key := range p.members {
		switch string(key) {
		case "type":
			p.optional(&f.kind)
		case "text":
			p.optional(&f.text)
		case "id":
			p.optional(&f.id)
		case "name":
			p.optional(&f.name)
		case "tool_use_id":
			p.optional(&f.toolUseID)
		default:
			p.value()
		}
	}
	if f.kind = plain(f.kind); len(f.kind) > 0 && !p.bad {
		b.add(&f)
	}
}

func (b *blocks) add(f *blockFields) {
	if b.count == 0 {
		b.firstKind, b.firstText = f.kind, f.text
	}
	b.count++
	switch string(f.kind) {
	case blockToolUse:
		b.uses = append(b.uses, f.id)
		b.planned = b.planned || string(plain(f.name)) == toolTaskCreate
	case blockToolResult:
		b.results = append(b.results, f.toolUseID)
	}
}

// isUser, interruption, prompt and answer are what the Record methods of these names say.
func (f *fields) isUser() bool { return string(f.kind) == typeUser || f.queued.prompt != nil }

func (f *fields) interruption() bool {
	if string(f.kind) != typeUser || len(f.message.content) > 4*len(interruptedForToolText) || f.blocks.count != 1 {
		return false
	}
	text := string(plain(f.blocks.firstText))
	return text == interruptedText || text == interruptedForToolText
}

func (f *fields) prompt() bool {
	if !f.isUser() || string(f.kind) == typeSystem || f.meta || f.sidechain || f.compactSummary || f.useResult != nil || f.blocks.count == 0 {
		return false
	}
	return len(f.blocks.results) == 0 && !f.interruption() && !f.command()
}

func (f *fields) answer() bool {
	return string(f.kind) == typeAssistant && !f.sidechain && !f.apiError && f.blocks.count > 0 && string(f.blocks.firstKind) == blockText
}

// maxTag is longer than any of commandTags, each of its letters escaped.
const maxTag = 256

// command reports whether the text is a command of the program.
func (f *fields) command() bool {
	text := f.blocks.firstText
	if len(text) == 0 || text[0] != '<' && text[0] != '\\' {
		return false
	}
	return isCommandText(string(plain(text[:min(len(text), maxTag)])))
}

// record makes a record of the line that was walked over. Its values are parts of the line.
func (f *fields) record(line []byte) Record {
	rec := Record{
		Type: string(f.kind), Subtype: string(f.subtype), UUID: text(f.uuid), ParentUUID: text(f.parent),
		Sidechain: f.sidechain, Meta: f.meta, Notice: f.notice, CompactSummary: f.compactSummary, APIError: f.apiError, Aborted: f.aborted,
		PromptID: text(f.promptID), PermissionMode: text(f.permissionMode), Cwd: text(f.cwd),
		MessageID: text(f.message.id), RequestID: text(f.requestID), Model: text(f.message.model), Role: text(f.message.role), Boundary: text(f.boundary),
		Content: f.message.content, UseResult: f.useResult, Raw: line, queued: f.queued.prompt,
	}
	if at, ok := parseTime(f.timestamp); ok {
		rec.Timestamp = at
	}
	return rec
}

func text(inner []byte) string { return string(plain(inner)) }

// parseTime reads a record's time.
func parseTime(inner []byte) (time.Time, bool) {
	var at time.Time
	if len(inner) == 0 {
		return at, false
	}
	if at.UnmarshalText(inner) == nil {
		return at, true
	}
	at, err := time.Parse(time.RFC3339Nano, text(inner))
	return at, err == nil
}

// decode reads one record. Members of a wrong type are passed by where the rest still says what the record is.
func decode(line []byte) (Record, bool) {
	if !valid(line) {
		return Record{}, false
	}
	return readSound(line)
}

// readSound reads a record that is sound.
func readSound(line []byte) (Record, bool) {
	var f fields
	if !f.scan(line) || len(f.kind) == 0 {
		return Record{}, false
	}
	return f.record(line), true
}
