package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/gorilla/websocket"
)

// page is an answer to repeat.
type page struct {
	header http.Header
	body   []byte
}

// serve repeats the answers of other servers: the same bytes with the same
// headers. It creates users in a database in dir, as [group] does. Without
// creations there is no database, so its start is that of a bare server.
func serve(address, dir string, urls []string) error {
	users := sync.OnceValues(func() (*group, error) { return newGroup(dir, searchable, maxCallers) })
	pages := map[string]page{}
	var created page
	for _, text := range urls {
		where, err := url.Parse(text)
		if err != nil {
			return err
		}
		if pages[where.Path], err = fetch(text); err != nil {
			return err
		}
		created.header = pages[where.Path].header.Clone()
		created.header.Del("Content-Length")
	}
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ws":
			echo(w, r, func(message []byte) ([]byte, error) { return message, nil })
		case "/ws/create":
			echo(w, r, func(message []byte) ([]byte, error) { return create(users, message) })
		case "/users/_create":
			body, err := io.ReadAll(r.Body)
			if err == nil {
				body, err = create(users, body)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			created.write(w, body)
		default:
			found := pages[r.URL.Path]
			found.write(w, found.body)
		}
	}))
}

func (p page) write(w http.ResponseWriter, body []byte) {
	header := w.Header()
	for name, value := range p.header {
		header[name] = value
	}
	_, _ = w.Write(body)
}

// create stores the request unchanged, and answers as many bytes as the server
// does.
func create(users func() (*group, error), request []byte) ([]byte, error) {
	all, err := users()
	if err != nil {
		return nil, err
	}
	id, err := all.create(string(request))
	return fmt.Appendf(nil, `{"status":200,"error":null,"controller":"security","action":"createUser","collection":null,"index":null,"node":"knode","volatile":null,"result":{"_id":%q,"_source":%s,"_version":1,"created":true}}`, id, request), err
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

// echo answers every message with the result of answer.
func echo(w http.ResponseWriter, r *http.Request, answer func([]byte) ([]byte, error)) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		kind, message, err := conn.ReadMessage()
		if err == nil {
			message, err = answer(message)
		}
		if err != nil || conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}
