package anthropictest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// answerer finds the reply to a request. The salt makes the ids of the answer differ between equal requests.
type answerer func(*Request) (reply Reply, salt string)

// handler is the part of the API that every model here has: messages, counting, and the list of models.
func handler(answer answerer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/messages", func(w http.ResponseWriter, hr *http.Request) {
		r, err := readRequest(hr)
		if err != nil {
			refuseRequest(w, err)
			return
		}
		reply, salt := answer(r)
		if err := reply(newWriter(w, hr, r, salt)); err != nil && hr.Context().Err() == nil {
			panic(http.ErrAbortHandler)
		}
	})
	mux.HandleFunc("POST /v1/messages/count_tokens", func(w http.ResponseWriter, hr *http.Request) {
		r, err := readRequest(hr)
		if err != nil {
			refuseRequest(w, err)
			return
		}
		ignoreWriteError(writeJSON(w, http.StatusOK, fields{"input_tokens": estimate(r.Body)}))
	})
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		list := make([]any, 0, len(models))
		for _, id := range models {
			list = append(list, describeModel(id))
		}
		ignoreWriteError(writeJSON(w, http.StatusOK, fields{
			"data": list, "has_more": false, "first_id": models[0], "last_id": models[len(models)-1],
		}))
	})
	mux.HandleFunc("GET /v1/models/{id}", func(w http.ResponseWriter, hr *http.Request) {
		ignoreWriteError(writeJSON(w, http.StatusOK, describeModel(hr.PathValue("id"))))
	})
	mux.HandleFunc("GET /{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) {
		ignoreWriteError(writeError(w, http.StatusNotFound, "not_found_error", "there is no "+hr.Method+" "+hr.URL.Path))
	})
	return mux
}

// DemoModel is the name of the demo model. Every model here answers to any name.
const DemoModel = "demo"

var models = []string{DemoModel, "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"}

func describeModel(id string) fields {
	name := id
	if id == DemoModel {
		name = "Demo model (not Claude)"
	}
	return fields{"type": "model", "id": id, "display_name": name, "created_at": "2025-01-01T00:00:00Z"}
}

func refuseRequest(w http.ResponseWriter, err error) {
	if errors.Is(err, errTooLarge) {
		ignoreWriteError(writeError(w, http.StatusRequestEntityTooLarge, "request_too_large", err.Error()))
		return
	}
	ignoreWriteError(writeError(w, http.StatusBadRequest, "invalid_request_error", err.Error()))
}

// ignoreWriteError says that a client that has gone is no trouble.
func ignoreWriteError(error) {}

func errorBody(kind, message, requestID string) fields {
	return fields{"type": "error", "error": fields{"type": kind, "message": message}, "request_id": requestID}
}

func writeError(w http.ResponseWriter, status int, kind, message string) error {
	return writeJSON(w, status, errorBody(kind, message, w.Header().Get("request-id")))
}

func writeJSON(w http.ResponseWriter, status int, value any) error {
	data, err := encode(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(data)
	return err
}

// Start serves a handler on a free port of the loopback. Stop ends it and its streams; it is safe to call twice.
func Start(h http.Handler) (baseURL string, stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen on loopback: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it ends when stop closes the listener
	}()
	stop = func() {
		_ = server.Close() // nothing is left to save
		<-done
	}
	return "http://" + strings.Replace(listener.Addr().String(), "0.0.0.0", "127.0.0.1", 1), stop, nil
}
