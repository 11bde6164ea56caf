// Package web holds the built web client, so that the app binary can serve it without any file beside it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Assets returns the files of the built client with index.html at the root. Before the first build of the client the
// tree holds no index.html, and a caller that needs one has to say so.
func Assets() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // The directory is part of the binary; only a wrong name above could bring us here.
	}
	return sub
}
