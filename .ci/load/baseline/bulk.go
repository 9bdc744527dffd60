package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// mostRead bounds the number of the server's users that are copied; further ones
// are copies of copies, under other ids.
const mostRead = 20_000

// loader copies users into new indexes with the same mappings and settings: the
// same documents that the server wrote, serialised before.
type loader struct {
	base, prefix string
	client       *http.Client
	// kind is plain, for users without claims, or claimed, for users with claims,
	// which are copied too.
	kind string
	// each is the number of users in a request, requests the number of concurrent
	// requests.
	each, requests int
}

// load returns the time for writing a number of users. As for the server's users,
// Elasticsearch refreshes by itself.
func (l *loader) load(users int) (time.Duration, error) {
	bodies, err := l.bodies(users)
	if err != nil {
		return 0, err
	}
	for _, index := range []string{"users", "claims"} {
		if err := l.twin(index); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	var next atomic.Int64
	errs := make([]error, l.requests)
	var all sync.WaitGroup
	for w := range l.requests {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(bodies) && errs[w] == nil; i = int(next.Add(1)) - 1 {
				errs[w] = l.bulk(bodies[i])
			}
		})
	}
	all.Wait()
	return time.Since(began), errors.Join(errs...)
}

func (l *loader) bulk(body []byte) error {
	var answer struct{ Errors bool }
	err := l.do(http.MethodPost, "_bulk", body, &answer)
	if err == nil && answer.Errors {
		err = fmt.Errorf("a document was refused")
	}
	return err
}

// twin creates an index like one of the server's.
func (l *loader) twin(name string) error {
	_ = l.do(http.MethodDelete, l.prefix+"raw-"+name, nil, nil) // from an earlier turn
	var answer map[string]struct {
		Mappings json.RawMessage `json:"mappings"`
		Settings struct {
			Index map[string]any `json:"index"`
		} `json:"settings"`
	}
	if err := l.do(http.MethodGet, l.prefix+name, nil, &answer); err != nil {
		return err
	}
	for _, one := range answer {
		for _, own := range []string{"uuid", "version", "creation_date", "provided_name", "routing"} {
			delete(one.Settings.Index, own)
		}
		body, err := json.Marshal(map[string]any{"mappings": one.Mappings, "settings": one.Settings.Index})
		if err != nil {
			return err
		}
		return l.do(http.MethodPut, l.prefix+"raw-"+name+"?wait_for_active_shards=1", body, nil)
	}
	return fmt.Errorf("there is no index %s%s", l.prefix, name)
}

// record is one document of a user, with its index.
type record struct {
	index, id string
	source    json.RawMessage
}

// read returns the records that the server wrote for each user: claims first.
func (l *loader) read() ([][]record, error) {
	claims := map[string][]record{}
	err := l.scan("claims", func(id string, source json.RawMessage) error {
		var claim struct{ Owner string }
		err := json.Unmarshal(source, &claim)
		claims[claim.Owner] = append(claims[claim.Owner], record{"claims", id, bytes.Clone(source)})
		return err
	})
	var users [][]record
	if err == nil {
		err = l.scan("users", func(id string, source json.RawMessage) error {
			if len(users) < mostRead && (len(claims[id]) > 0) == (l.kind == claimed) {
				users = append(users, append(claims[id], record{"users", id, bytes.Clone(source)}))
			}
			return nil
		})
	}
	if err == nil && len(users) == 0 {
		err = fmt.Errorf("the server wrote no %s users", l.kind)
	}
	return users, err
}

// bodies returns requests that write a number of users: each with the claims of
// some, and then their documents.
func (l *loader) bodies(users int) ([][]byte, error) {
	read, err := l.read()
	if err != nil {
		return nil, err
	}
	var bodies [][]byte
	for at := 0; at < users; at += l.each {
		var first, second bytes.Buffer
		for n := at; n < min(at+l.each, users); n++ {
			for _, r := range read[n%len(read)] {
				to := &second
				if r.index == "claims" {
					to = &first
				}
				if copied := n / len(read); copied > 0 {
					r.id += fmt.Sprint("~", copied)
				}
				if err := l.line(to, r); err != nil {
					return nil, err
				}
			}
		}
		bodies = append(bodies, append(first.Bytes(), second.Bytes()...))
	}
	return bodies, nil
}

func (l *loader) line(to *bytes.Buffer, r record) error {
	head, err := json.Marshal(map[string]any{"create": map[string]string{"_index": l.prefix + "raw-" + r.index, "_id": r.id}})
	if err != nil {
		return err
	}
	to.Write(head)
	to.WriteByte('\n')
	to.Write(r.source)
	to.WriteByte('\n')
	return nil
}

// scan reads all documents of an index.
func (l *loader) scan(index string, each func(id string, source json.RawMessage) error) error {
	if err := l.do(http.MethodPost, l.prefix+index+"/_refresh", nil, nil); err != nil {
		return err
	}
	var page struct {
		ScrollID string `json:"_scroll_id"`
		Hits     struct {
			Hits []struct {
				ID     string          `json:"_id"`
				Source json.RawMessage `json:"_source"`
			}
		}
	}
	path, body := l.prefix+index+"/_search?scroll=1m", []byte(`{"size":5000,"sort":["_doc"]}`)
	for {
		page.Hits.Hits = nil
		if err := l.do(http.MethodPost, path, body, &page); err != nil {
			return err
		}
		if len(page.Hits.Hits) == 0 {
			return l.do(http.MethodDelete, "_search/scroll", fmt.Appendf(nil, `{"scroll_id":%q}`, page.ScrollID), nil)
		}
		for _, hit := range page.Hits.Hits {
			if err := each(hit.ID, hit.Source); err != nil {
				return err
			}
		}
		path, body = "_search/scroll", fmt.Appendf(nil, `{"scroll":"1m","scroll_id":%q}`, page.ScrollID)
	}
}

func (l *loader) do(method, path string, body []byte, into any) error {
	request, err := http.NewRequest(method, l.base+"/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 300))
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	if into == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// bulkLoad runs the loader and prints its rate.
func bulkLoad(args []string) error {
	var numbers [3]int
	for i, text := range args[3:] {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errUsage
		}
		numbers[i] = n
	}
	users, l := numbers[0], loader{base: args[0], prefix: args[1], client: &http.Client{}, kind: args[2], requests: numbers[1], each: numbers[2]}
	if l.kind != plain && l.kind != claimed {
		return errUsage
	}
	took, err := l.load(users)
	if err != nil {
		return err
	}
	return printed(users, took, 0)
}
