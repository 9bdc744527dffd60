package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// usersPerBulk is how many users one request of the bare loader has, each with
// its claims: what Elasticsearch takes best.
const usersPerBulk = 500

// A loader copies users and their claims into fresh indexes of the same mappings
// and settings: the very documents that the server wrote, serialised before.
type loader struct {
	base, prefix string
	client       *http.Client
}

// load answers how many users were copied, and how long that took, one refresh
// at the end included. Of the users at most limit are copied.
func (l *loader) load(limit, workers int) (int, time.Duration, error) {
	bodies, users, err := l.bodies(limit)
	if err != nil {
		return 0, 0, err
	}
	for _, index := range []string{"users", "claims"} {
		if err := l.twin(index); err != nil {
			return 0, 0, err
		}
	}
	began := time.Now()
	var next atomic.Int64
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(bodies) && errs[w] == nil; i = int(next.Add(1)) - 1 {
				errs[w] = l.bulk(bodies[i])
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, 0, err
		}
	}
	err = l.do(http.MethodPost, l.prefix+"raw-users,"+l.prefix+"raw-claims/_refresh", nil, nil)
	return users, time.Since(began), err
}

func (l *loader) bulk(body []byte) error {
	var answer struct{ Errors bool }
	err := l.do(http.MethodPost, "_bulk", body, &answer)
	if err == nil && answer.Errors {
		err = fmt.Errorf("a document was refused")
	}
	return err
}

// twin makes an index like one of the server's.
func (l *loader) twin(name string) error {
	_ = l.do(http.MethodDelete, l.prefix+"raw-"+name, nil, nil) // of an earlier turn
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

// bodies reads what the server wrote: in each body some users, claims first.
func (l *loader) bodies(limit int) ([][]byte, int, error) {
	claims := map[string]*bytes.Buffer{}
	err := l.scan("claims", func(id string, source json.RawMessage) error {
		var claim struct{ Owner string }
		if err := json.Unmarshal(source, &claim); err != nil {
			return err
		}
		if claims[claim.Owner] == nil {
			claims[claim.Owner] = new(bytes.Buffer)
		}
		return l.line(claims[claim.Owner], "claims", id, source)
	})
	if err != nil {
		return nil, 0, err
	}
	var bodies [][]byte
	var first, second bytes.Buffer
	users := 0
	flush := func() {
		if second.Len() > 0 {
			bodies = append(bodies, append(bytes.Clone(first.Bytes()), second.Bytes()...))
			first.Reset()
			second.Reset()
		}
	}
	err = l.scan("users", func(id string, source json.RawMessage) error {
		if users == limit {
			return nil
		}
		if of := claims[id]; of != nil {
			first.Write(of.Bytes())
		}
		if users++; users%usersPerBulk == 0 {
			defer flush()
		}
		return l.line(&second, "users", id, source)
	})
	flush()
	return bodies, users, err
}

func (l *loader) line(to *bytes.Buffer, index, id string, source json.RawMessage) error {
	head, err := json.Marshal(map[string]any{"create": map[string]string{"_index": l.prefix + "raw-" + index, "_id": id}})
	if err != nil {
		return err
	}
	to.Write(head)
	to.WriteByte('\n')
	to.Write(source)
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
func bulkLoad(base, prefix, limit, workers string) error {
	most, err := strconv.Atoi(limit)
	if err != nil {
		return errUsage
	}
	many, err := strconv.Atoi(workers)
	if err != nil {
		return errUsage
	}
	l := loader{base, prefix, &http.Client{}}
	users, took, err := l.load(most, many)
	if err != nil {
		return err
	}
	return printed(users, took, 0)
}
