package main

import (
	"bytes"
	"io"
	"net/http"
)

// mostGathered bounds the documents of a request, and those that wait for one.
const mostGathered = 2000

// gather does the least that a server in front of Elasticsearch must do: it answers
// a request once a copy of one of the server's users, under a new id, is written.
// One _bulk is under way at a time, with all documents that waited for it.
func gather(address, base, prefix string) error {
	l := loader{base: base, prefix: prefix, client: &http.Client{}, kind: plain}
	users, err := l.read()
	if err == nil {
		err = l.twin("users")
	}
	if err != nil {
		return err
	}
	var line bytes.Buffer
	line.WriteString(`{"create":{"_index":"` + prefix + `raw-users"}}` + "\n")
	line.Write(users[0][0].source)
	line.WriteByte('\n')
	queue := make(chan chan error, mostGathered)
	go l.writeGathered(queue, line.Bytes())
	answer := page{
		header: http.Header{"Content-Type": {"application/json"}},
		body:   append([]byte(`{"status":200,"error":null,"result":{"created":true,"_source":`), append(users[0][0].source, "}}"...)...),
	}
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			done := make(chan error, 1)
			_, err := io.Copy(io.Discard, r.Body)
			if err == nil {
				queue <- done
				err = <-done
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		answer.write(w, answer.body)
	}))
}

func (l *loader) writeGathered(queue chan chan error, line []byte) {
	for first := range queue {
		waiting := []chan error{first}
		for more := true; more && len(waiting) < mostGathered; {
			select {
			case next := <-queue:
				waiting = append(waiting, next)
			default:
				more = false
			}
		}
		err := l.bulk(bytes.Repeat(line, len(waiting)))
		for _, done := range waiting {
			done <- err
		}
	}
}
