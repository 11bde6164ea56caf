package transcript_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// smallReach makes files of some kilobytes large.
func smallReach(t testing.TB) {
	t.Helper()
	t.Cleanup(transcript.SetReach(700, 300, 1500, 3000))
}

// oracle pages through a whole conversation in the plainest way.
type oracle struct {
	t     *testing.T
	chain []transcript.Record
}

// showsWords is a test's choice of what is shown.
func showsWords(rec *transcript.Record) bool {
	return !rec.Meta && (rec.IsPrompt() || rec.Type == "assistant" || rec.UseResult != nil)
}

// ids gives the tool ids of a record: of its calls, and of those that it has results of.
func ids(rec *transcript.Record) (calls, results []string) {
	for _, b := range rec.Blocks() {
		if b.Type == "tool_use" && rec.Type == "assistant" {
			calls = append(calls, b.ID)
		}
		if b.Type == "tool_result" && rec.Type == "user" {
			results = append(results, b.ToolUseID)
		}
	}
	return calls, results
}

// lacks gives the calls that results of some records need and that are not among them, in front of them.
func lacks(records []transcript.Record) map[string]bool {
	needed := map[string]bool{}
	for _, rec := range slices.Backward(records) {
		calls, results := ids(&rec)
		for _, id := range results {
			needed[id] = true
		}
		for _, id := range calls {
			delete(needed, id)
		}
	}
	return needed
}

// splits reports whether an answer has blocks on both sides of a place.
func (o *oracle) splits(at int) bool {
	said := func(rec *transcript.Record) bool {
		_, results := ids(rec)
		return rec.IsUser() && len(results) == 0
	}
	message := ""
	for i := at; i < len(o.chain) && message == ""; i++ {
		rec := &o.chain[i]
		if said(rec) || rec.Type == "assistant" && rec.MessageID == "" {
			return false
		}
		if rec.Type == "assistant" {
			message = rec.MessageID
		}
	}
	for i := at - 1; i >= 0 && message != ""; i-- {
		rec := &o.chain[i]
		if said(rec) {
			return false
		}
		if rec.Type == "assistant" {
			return rec.MessageID == message
		}
	}
	return false
}

func (o *oracle) back(end, limit int) int {
	start := end
	for i := end - 1; i >= 0 && limit > 0; i-- {
		if showsWords(&o.chain[i]) {
			start, limit = i, limit-1
		}
	}
	return start
}

func (o *oracle) forth(start, limit int) int {
	end := start
	for i := start; i < len(o.chain) && limit > 0; i++ {
		if showsWords(&o.chain[i]) {
			end, limit = i+1, limit-1
		}
	}
	for end > 0 && end < len(o.chain) && o.splits(end) {
		end++
	}
	return end
}

// closed is where a page must begin.
func (o *oracle) closed(start, end int) int {
	for {
		begin := start
		for i := start - 1; i >= 0 && len(lacks(o.chain[start:end])) > 0; i-- {
			calls, _ := ids(&o.chain[i])
			needed := lacks(o.chain[start:end])
			if slices.ContainsFunc(calls, func(id string) bool { return needed[id] }) {
				start = i
			}
		}
		for start > 0 && start < len(o.chain) && o.splits(start) {
			start--
		}
		if start == begin {
			return start
		}
	}
}

func (o *oracle) check(name string, page transcript.Page, start, end int) {
	o.t.Helper()
	if diff := cmp.Diff(uuids(o.chain[start:end]), uuids(page.Records)); diff != "" {
		o.t.Fatalf("%s (-whole +page):\n%s", name, diff)
	}
	if start == end {
		return
	}
	older, newer := slices.ContainsFunc(o.chain[:start], shows), slices.ContainsFunc(o.chain[end:], shows)
	if older != (page.Before == o.chain[start].Cursor) || newer != (page.After == o.chain[end-1].Cursor) || !older && page.Before != "" || !newer && page.After != "" {
		o.t.Fatalf("%s: cursors %q and %q; there is more before: %v, after: %v", name, page.Before, page.After, older, newer)
	}
	needed, have := lacks(o.chain[start:end]), map[string]bool{}
	for _, rec := range page.Calls {
		calls, _ := ids(&rec)
		for _, id := range calls {
			have[id] = true
		}
	}
	for _, rec := range o.chain[:start] {
		calls, _ := ids(&rec)
		for _, id := range calls {
			if needed[id] && !have[id] {
				o.t.Fatalf("%s: the call %s is missing", name, id)
			}
		}
	}
}

func shows(rec transcript.Record) bool { return showsWords(&rec) }

func uuids(records []transcript.Record) []string {
	out := []string{}
	for _, rec := range records {
		out = append(out, rec.UUID+" "+rec.Cursor+" "+string(rec.Content))
	}
	return out
}

func openReader(t *testing.T, path string) *transcript.Reader {
	t.Helper()
	r, err := transcript.OpenReader(path, -1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // a test may have closed it already.
	return r
}

// TestReaderAgrees holds what a Reader gives, from pieces of files of every kind, against what the whole file gives.
func TestReaderAgrees(t *testing.T) {
	smallReach(t)
	for seed := range 150 {
		agrees(t, seed, randomFile(uint64(seed), 10+seed%150))
	}
}

func agrees(t *testing.T, seed int, data []byte) {
	t.Helper()
	t.Logf("seed %d", seed)
	path := t.TempDir() + "/s.jsonl"
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{t: t, chain: conv.Chain()}
	limit := 1 + seed%9
	pagesAgree(o, path, limit)
	for i := seed % 7; i < len(o.chain); i += 7 {
		rec, r := o.chain[i], openReader(t, path)
		around, err := r.Around(rec.Cursor, limit, showsWords)
		if err != nil {
			t.Fatalf("around %d: %v", i, err)
		}
		end := max(i+1, o.forth(i, max(1, limit-limit/2)))
		o.check("around", around, o.closed(o.back(i, limit/2), end), end)
		restAgrees(o, openReader(t, path), i)
		_ = r.Close() // it was only read.
	}
	modelAgrees(t, conv, openReader(t, path))
	scanAgrees(t, conv, path)
}

// pagesAgree reads in both directions, each page with a reader of its own and with one for all.
func pagesAgree(o *oracle, path string, limit int) {
	for _, shared := range []*transcript.Reader{nil, openReader(o.t, path)} {
		reader := func() *transcript.Reader {
			if shared != nil {
				return shared
			}
			return openReader(o.t, path)
		}
		before, end := "", len(o.chain)
		for {
			page, err := reader().Page(before, limit, showsWords)
			if err != nil {
				o.t.Fatal(err)
			}
			start := o.closed(o.back(end, limit), end)
			o.check("page before "+before, page, start, end)
			if before, end = page.Before, start; before == "" {
				break
			}
		}
		after, start := "", 0
		for {
			page, err := reader().PageAfter(after, limit, showsWords)
			if err != nil {
				o.t.Fatal(err)
			}
			end := o.forth(start, limit)
			o.check("page after "+after, page, start, end)
			if after, start = page.After, end; after == "" {
				break
			}
		}
	}
}

func restAgrees(o *oracle, r *transcript.Reader, i int) {
	o.t.Helper()
	rest, ok, err := r.After(o.chain[i].Cursor)
	if err != nil || !ok {
		o.t.Fatalf("after %d: %v, %v", i, ok, err)
	}
	if diff := cmp.Diff(uuids(o.chain[i+1:]), uuids(rest.Records)); diff != "" {
		o.t.Fatalf("after %d (-whole +rest):\n%s", i, diff)
	}
	if err := r.Close(); err != nil {
		o.t.Fatal(err)
	}
}

func modelAgrees(t *testing.T, conv *transcript.Conversation, r *transcript.Reader) {
	t.Helper()
	model, err := r.Model()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(conv.Messages(), model.Messages()); diff != "" {
		t.Fatalf("messages (-whole +model):\n%s", diff)
	}
	if diff := cmp.Diff(conv.OpenCalls(), model.OpenCalls()); diff != "" {
		t.Fatalf("open calls (-whole +model):\n%s", diff)
	}
}

func scanAgrees(t *testing.T, conv *transcript.Conversation, path string) {
	t.Helper()
	got, err := transcript.Scan(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(conv.Summary(), got); diff != "" {
		t.Fatalf("summary (-whole +scanned):\n%s", diff)
	}
	messages := 0
	for _, rec := range conv.Chain() {
		if rec.IsPrompt() || rec.IsAnswer() {
			messages++
		}
	}
	if broken := conv.Skipped() - got.Skipped; got.Messages < messages || got.Messages > messages+broken {
		t.Fatalf("%d messages, counted %d; %d records are broken inside", got.Messages, messages, broken)
	}
}

func TestReaderRefuses(t *testing.T) {
	if _, err := transcript.OpenReader(t.TempDir()+"/absent.jsonl", -1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	if _, err := transcript.OpenReader("/dev/null", -1); !fault.Is(err, fault.Invalid) {
		t.Errorf("a device: %v", err)
	}
	b := newBook()
	b.talk(2)
	r := openReader(t, writeFile(t, b.bytes()))
	for _, cursor := range []string{"x", "0.0", "zz.1", transcript.CursorOf(int64(len(b.rows()[0])), "another uuid")} {
		if _, err := r.Page(cursor, 1, shows1); !fault.Is(err, fault.Invalid) {
			t.Errorf("page before %q: %v", cursor, err)
		}
		if _, err := r.Around(cursor, 1, shows1); !fault.Is(err, fault.Invalid) {
			t.Errorf("page around %q: %v", cursor, err)
		}
		if _, ok, err := r.After(cursor); ok || err != nil {
			t.Errorf("after %q: %v, %v", cursor, ok, err)
		}
	}
}

func shows1(*transcript.Record) bool { return true }

// TestReaderReadsTheEnd makes sure that a page reads no more of a long conversation than its end.
func TestReaderReadsTheEnd(t *testing.T) {
	b := newBook()
	b.talk(3000)
	b.lastPrompt(b.lines[len(b.lines)-1]["uuid"].(string), false)
	data := b.bytes()
	r := openReader(t, writeFile(t, data))
	page, err := r.Page("", 50, shows1)
	if err != nil || len(page.Records) != 50 {
		t.Fatalf("%d records, %v", len(page.Records), err)
	}
	if r.ReadSoFar() > 256<<10 || int64(len(data)) < 4*r.ReadSoFar() {
		t.Errorf("read %d of %d bytes", r.ReadSoFar(), len(data))
	}
}

// TestOversized pages through a file with a record that is too large to be decoded, which stays what it was.
func TestOversized(t *testing.T) {
	smallReach(t)
	b := newBook()
	prompt := b.user("", strings.Repeat("long ", 2000))
	use := b.answer(prompt, "m0", call("t1"))
	result := b.result(use, "t1", strings.Repeat("output", 2000))
	b.answer(result, "m1", text("done"))
	data := b.bytes()
	path := writeFile(t, data)
	page, err := openReader(t, path).Page("", 10, shows1)
	if err != nil || len(page.Records) != 4 || page.Skipped != 0 {
		t.Fatalf("%d records, %d skipped, %v", len(page.Records), page.Skipped, err)
	}
	first, third := page.Records[0], page.Records[2]
	if !first.Oversized || first.Raw != nil || !strings.Contains(first.Blocks()[0].Text, "too large to show: 0 MB") || !first.IsPrompt() {
		t.Errorf("prompt: %+v", first)
	}
	if block := third.Blocks()[0]; !third.Oversized || block.ToolUseID != "t1" || !strings.Contains(string(block.Content), "too large") || third.UseResult != nil {
		t.Errorf("result: %+v", third)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"user: (This message is too large to show: 0 MB.)", "assistant: call t1",
		`user: result of t1 "(This message is too large to show: 0 MB.)"`, "assistant: done",
	}
	if diff := cmp.Diff(want, said(t, conv)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(data) {
		t.Errorf("the file was changed: %v", err)
	}
}

// TestOversizedIsForked makes sure that a fork has the whole record, whatever is shown of it.
func TestOversizedIsForked(t *testing.T) {
	smallReach(t)
	b := newBook()
	long := strings.Repeat("long ", 2000)
	b.answer(b.user("", long), "m0", text("a"))
	conv, err := transcript.Load(writeFile(t, b.bytes()))
	if err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	if err := transcript.Fork(conv, transcript.ForkPoint{}, path, "other", ""); err != nil {
		t.Fatal(err)
	}
	if row := fileRows(t, path)[0]; row["message"].(map[string]any)["content"] != long {
		t.Error("the fork lacks the record's content")
	}
}

// TestEndless counts a line that nobody could hold as damaged, and goes on behind it.
func TestEndless(t *testing.T) {
	smallReach(t)
	t.Cleanup(transcript.SetDamaged(9000))
	b := newBook()
	b.talk(1)
	data := append([]byte(`{"type":"user","uuid":"x","sessionId":"s","blob":"`+strings.Repeat("x", 10_000)+"\"}\n"), b.bytes()...)
	page, err := openReader(t, writeFile(t, data)).PageAfter("", 10, shows1)
	if err != nil || len(page.Records) != 2 || page.Skipped != 1 {
		t.Errorf("%d records, %d skipped, %v", len(page.Records), page.Skipped, err)
	}
}

// TestReaderTakesWhatOthersRead reads far back twice: the second reader knows the file, what was appended to it, and
// notices when it is another one.
func TestReaderTakesWhatOthersRead(t *testing.T) {
	b := newBook()
	ids := b.talk(2500)
	path := writeFile(t, b.bytes())
	oldest := func() (string, int) {
		r := openReader(t, path)
		page, err := r.PageAfter("", 1, shows1)
		if err != nil {
			t.Fatal(err)
		}
		rest, ok, err := r.After(page.Records[0].Cursor)
		if !ok || err != nil {
			t.Fatalf("%v, %v", ok, err)
		}
		return page.Records[0].Blocks()[0].Text, len(rest.Records)
	}
	before := transcript.Kept()
	if text, rest := oldest(); text != "q0" || rest != 4999 {
		t.Fatalf("%s and %d records", text, rest)
	}
	if transcript.Kept() != before+1 {
		t.Fatal("nothing was kept")
	}
	b.user(ids[4999], "more")
	appendFile(t, path, b.rows()[5000]+"\n")
	if text, rest := oldest(); text != "q0" || rest != 5000 {
		t.Errorf("after an append: %s and %d records", text, rest)
	}
	other := newBook()
	other.user("", "another")
	other.talk(2600)
	other.lines = other.lines[1:]
	other.lines[0]["message"] = object{"role": "user", "content": "another"}
	if err := os.WriteFile(path, other.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, rest := oldest(); text != "another" || rest != 5199 {
		t.Errorf("another file: %s and %d records", text, rest)
	}
	if transcript.Kept() != before+1 {
		t.Errorf("%d are kept", transcript.Kept()-before)
	}
}

func appendFile(t *testing.T, path, data string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = file.WriteString(data)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestModelReadsTheEnd makes sure that a turn in a long session that was compacted reads what came after the compaction.
func TestModelReadsTheEnd(t *testing.T) {
	b := newBook()
	ids := b.talk(3000)
	boundary := b.put("", object{"type": "system", "subtype": "compact_boundary", "logicalParentUuid": ids[5999], "compactMetadata": object{
		"preservedMessages": object{"anchorUuid": "00006002-0000-4000-8000-000000000000", "uuids": ids[5998:]},
	}})
	summary := b.put(boundary, object{"type": "user", "isCompactSummary": true, "message": object{"role": "user", "content": "SUMMARY"}})
	b.lastPrompt(b.answer(b.user(summary, "after"), "m", text("so")), false)
	r := openReader(t, writeFile(t, b.bytes()))
	conv, err := r.Model()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"user: SUMMARY, q2999", "assistant: a2999", "user: after", "assistant: so"}
	if diff := cmp.Diff(want, said(t, conv)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.ReadSoFar() > 256<<10 {
		t.Errorf("read %d bytes", r.ReadSoFar())
	}
}
