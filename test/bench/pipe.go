package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"time"

	"nhooyr.io/websocket"
)

// runPipe is what the gateway is compared with: the least that brings a streamed answer to a WebSocket. It reads the
// Messages API's events line by line and sends each event's data as one text frame, and does nothing else.
//
//	bench pipe PORT MODEL_URL
func runPipe(args []string) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
		if err != nil {
			return
		}
		defer ws.CloseNow() //nolint:errcheck // the measurement is over
		for {
			if _, _, err := ws.Read(r.Context()); err != nil {
				return
			}
			if err := pipeAnswer(r, ws, args[1]); err != nil {
				return
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws/agent", handler)
	mux.HandleFunc("/api/livez", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: "127.0.0.1:" + args[0], Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
}

func pipeAnswer(r *http.Request, ws *websocket.Conn, model string) error {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, model+"/v1/messages", bytes.NewReader([]byte("{}")))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			if err := ws.Write(r.Context(), websocket.MessageText, data); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}
