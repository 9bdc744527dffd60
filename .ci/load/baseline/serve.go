package main

import (
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/gorilla/websocket"
)

// page is an answer to be given again and again.
type page struct {
	header map[string][]string
	body   []byte
}

// serve answers what other servers answered once: the same bytes under the same
// headers.
func serve(address string, urls []string) error {
	pages := map[string]page{}
	for _, text := range urls {
		where, err := url.Parse(text)
		if err != nil {
			return err
		}
		if pages[where.Path], err = fetch(text); err != nil {
			return err
		}
	}
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			echo(w, r)
			return
		}
		found := pages[r.URL.Path]
		header := w.Header()
		for name, value := range found.header {
			header[name] = value
		}
		_, _ = w.Write(found.body)
	}))
}

func fetch(from string) (page, error) {
	req, err := http.NewRequest(http.MethodGet, from, nil)
	if err != nil {
		return page{}, err
	}
	if token := os.Getenv("TOKEN"); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return page{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	answer.Header.Del("Date") // every server sets its own
	return page{header: answer.Header, body: body}, err
}

var upgrader = websocket.Upgrader{}

func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}
