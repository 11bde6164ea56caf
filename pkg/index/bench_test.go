package index_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/transcript"
)

// benchBytes is how much there is to search through: BENCH_SEARCH_MB megabytes of transcripts, 1,000 if it is not set.
func benchBytes() int64 {
	if n, err := strconv.ParseInt(os.Getenv("BENCH_SEARCH_MB"), 10, 64); err == nil {
		return n * 1e6
	}
	return 1e9
}

// prose gives text of a large vocabulary in which, as in a language, few words are frequent, with Chinese between.
func prose(r *rand.Rand, zipf *rand.Zipf, words int) string {
	var b strings.Builder
	for i := range words {
		n := zipf.Uint64()
		if i%17 == 16 {
			for range 6 {
				b.WriteRune(rune(0x4e00 + r.IntN(3000)))
			}
		} else {
			b.WriteString("w" + strconv.FormatUint(n*2654435761%4294967296, 36))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// fill writes sessions of an account until they have so many bytes: prompts, answers, calls and their results.
func fill(b *testing.B, root string, bytes int64) {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 20, 200_000)
	for written := int64(0); written < bytes; {
		id := uuid.NewString()
		path := transcript.SessionPath(root+"/u1", "/work", id)
		if err := os.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o700); err != nil {
			b.Fatal(err)
		}
		var text strings.Builder
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(written) * time.Microsecond * 20)
		parent := "null"
		for i := range 400 {
			uuid := fmt.Sprintf("%s-%d", id, i)
			var message string
			switch i % 4 {
			case 0:
				message = fmt.Sprintf(`"type":"user","message":{"role":"user","content":"%s"}`, prose(r, zipf, 30))
			case 1:
				message = fmt.Sprintf(`"type":"assistant","message":{"role":"assistant","id":"m%d","model":"x","content":[{"type":"text","text":"%s"}]}`, i, prose(r, zipf, 120))
			case 2:
				message = fmt.Sprintf(`"type":"assistant","message":{"role":"assistant","id":"m%d","model":"x","content":[{"type":"tool_use","id":"t%d","name":"Bash","input":{"command":"%s"}}]}`, i, i, prose(r, zipf, 10))
			case 3:
				message = fmt.Sprintf(`"type":"user","toolUseResult":{"stdout":"%[2]s"},"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t%[1]d","content":"%[2]s"}]}`, i-1, prose(r, zipf, 200))
			}
			fmt.Fprintf(&text, `{"parentUuid":%s,"uuid":"%s","sessionId":"%s","cwd":"/work","timestamp":"%s",%s}`+"\n", parent, uuid, id,
				at.Add(time.Duration(i)*time.Second).Format(time.RFC3339Nano), message)
			parent = `"` + uuid + `"`
		}
		written += int64(text.Len())
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSearch indexes 1 GB of transcripts of one account and searches it: for frequent and rare words, for several, for
// Chinese words of two characters and for beginnings of words.
func BenchmarkSearch(b *testing.B) {
	root, st, x := benchShelf(b)
	fill(b, root, benchBytes())
	report, err := x.Reindex(b.Context(), nil, false)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d files, %.0f MB: rows in %s, text in %s (%.1f MB/s)", report.Files, float64(report.Bytes)/1e6,
		(report.Took - report.Text).Round(time.Millisecond), report.Text.Round(time.Millisecond), float64(report.Bytes)/1e6/report.Text.Seconds())
	r := rand.New(rand.NewPCG(3, 4))
	zipf := rand.NewZipf(r, 1.1, 20, 200_000)
	for _, kind := range []struct {
		name  string
		query func() string
	}{
		{"words", func() string { return prose(r, zipf, 1) }},
		{"whole-words", func() string { return `"` + strings.TrimSpace(prose(r, zipf, 1)) + `"` }},
		{"two-words", func() string { return prose(r, zipf, 2) }},
		{"three-words", func() string { return prose(r, zipf, 3) }},
		{"chinese", func() string { return string([]rune{rune(0x4e00 + r.IntN(3000)), rune(0x4e00 + r.IntN(3000))}) }},
		{"beginnings", func() string { return prose(r, zipf, 1)[:3] }},
		{"nothing", func() string { return "nobody" + strconv.Itoa(r.IntN(1e6)) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			var took []time.Duration
			defer peak(b)()
			for b.Loop() {
				query := kind.query()
				began := time.Now()
				if _, _, err := index.Search(b.Context(), st, root, "u1", query, "", 20); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1e3, "p95-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1e3, "max-ms")
		})
	}
}
