package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// probeTimeout bounds one look at a server; the server's own health answers take 2 s at most.
const probeTimeout = 4 * time.Second

// healthcheck asks a server's health address and reports by its exit status whether the answer was a success. It lets
// a container be checked without any other program in it.
func healthcheck(ctx context.Context, address string, stderr io.Writer) int {
	if err := probe(ctx, address); err != nil {
		_, _ = fmt.Fprintln(stderr, "healthcheck:", err)
		return exitFailure
	}
	return exitOK
}

func probe(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, res.Status)
	}
	return nil
}
