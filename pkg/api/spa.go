package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/fault"
)

// The caching of the page's files. Names below hashedDir hold a hash of the content, so they never change.
const (
	hashedDir     = "assets/"
	cacheForever  = "public, max-age=31536000, immutable"
	cacheValidate = "no-cache"
	gzipLeast     = 1024
)

// page is the built web client, held in memory: it is small, and part of the binary anyway.
type page struct {
	files map[string]*asset
}

// asset is one file of the page.
type asset struct {
	name      string
	mediaType string
	etag      string
	plain     []byte
	gzipped   func() []byte // nil where packing gains nothing; the work is done at the first request for it
}

// loadPage reads the whole client; a tree without index.html is a client that was never built, and no error.
func loadPage(assets fs.FS) (*page, error) {
	p := &page{files: map[string]*asset{}}
	if assets == nil {
		return p, nil
	}
	err := fs.WalkDir(assets, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		body, err := fs.ReadFile(assets, name)
		if err != nil {
			return err
		}
		p.files[name] = newAsset(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read web client: %w", err)
	}
	return p, nil
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	a := &asset{name: name, mediaType: mediaTypeOf(name), etag: hex.EncodeToString(sum[:12]), plain: body}
	if len(body) >= gzipLeast && packs(a.mediaType) {
		a.gzipped = sync.OnceValue(func() []byte { return gzipBytes(body) })
	}
	return a
}

// mediaTypes are the types that the client's files have, whatever the machine's own table says.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8", ".json": "application/json; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".wasm": "application/wasm",
	".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
}

func mediaTypeOf(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if known, ok := mediaTypes[ext]; ok {
		return known
	}
	if known := mime.TypeByExtension(ext); known != "" {
		return known
	}
	return "application/octet-stream"
}

func packs(mediaType string) bool {
	media, _, _ := strings.Cut(mediaType, ";")
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "json") || media == "image/svg+xml" || media == "application/wasm"
}

func gzipBytes(body []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(body) // A bytes.Buffer takes everything.
	_ = w.Close()
	return packed.Bytes()
}

// index is the page itself; nil when the client was never built.
func (p *page) index() []byte {
	if a := p.files["index.html"]; a != nil {
		return a.plain
	}
	return nil
}

// servePage answers every path that is not the API's: with the file of that name, or with the page, whose own router
// knows the rest.
func (s *server) servePage(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if forAPI(r.URL.Path) {
			return next(c)
		}
		if r.Method != http.MethodGet {
			c.Response().Header().Set("Allow", "GET, HEAD")
			return echo.ErrMethodNotAllowed
		}
		name := strings.TrimPrefix(r.URL.Path, "/")
		if a := s.page.files[name]; a != nil && name != "index.html" {
			return a.serve(c)
		}
		if !wantsPage(r, name) {
			return echo.ErrNotFound
		}
		a := s.page.files["index.html"]
		if a == nil {
			return fault.New(fault.Unavailable, "This server was built without its web client; make build puts it in.")
		}
		return a.serve(c)
	}
}

// wantsPage reports whether a path that is no file may be answered with the page: never where a hashed file should be
// (an old page asks a newer server for it, and must not get HTML as a script), else when a person's browser asks, or
// when anyone asks who takes HTML and names nothing that looks like a file.
func wantsPage(r *http.Request, name string) bool {
	if strings.HasPrefix(name, hashedDir) {
		return false
	}
	accept := r.Header.Get("Accept")
	if name == "" || name == "index.html" || strings.Contains(accept, "text/html") {
		return true
	}
	return (accept == "" || strings.Contains(accept, "*/*")) && !strings.Contains(path.Base(name), ".")
}

// serve answers with the file, packed if the client can unpack, and with 304 if the client has it.
func (a *asset) serve(c echo.Context) error {
	r, h := c.Request(), c.Response().Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("Cache-Control", cacheValidate)
	if strings.HasPrefix(a.name, hashedDir) {
		h.Set("Cache-Control", cacheForever)
	}
	body, etag := a.plain, a.etag
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			body, etag = a.gzipped(), a.etag+"-gzip"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(c.Response(), r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// takesGzip reports whether the client unpacks gzip; a part of a file is never sent packed.
func takesGzip(r *http.Request) bool {
	if r.Header.Get("Range") != "" {
		return false
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}
