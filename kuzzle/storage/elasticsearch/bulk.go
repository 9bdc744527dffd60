package elasticsearch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// How a _bulk makes what it writes visible.
const (
	refreshNow   = "true"
	refreshLater = "wait_for"
)

// write is one record to be written or deleted by compare-and-set.
type write struct {
	id string
	// over is the place expected; absent creates.
	over place
	// source is nil to delete.
	source []byte
	// op is in the source's op field, by which a write whose answer was lost is
	// recognised.
	op string
}

// written is what became of a write.
type written struct {
	at place
	// conflict means that another state is there than the one expected.
	conflict bool
	// err is why Elasticsearch does not take the record: storage.ErrBadRequest
	// where the record is at fault, else storage.ErrUnavailable.
	err error
	// lost is why it is not known whether the write was done.
	lost error
}

func (w *write) verb() string {
	switch {
	case w.source == nil:
		return "delete"
	case w.over == absent:
		return "create"
	}
	return "index"
}

// append adds the lines of the write to a request.
func (w *write) append(out *bytes.Buffer) error {
	id, err := json.Marshal(w.id)
	if err != nil {
		return fmt.Errorf("elasticsearch: %w", err)
	}
	line := append(out.AvailableBuffer(), `{"`...)
	line = append(line, w.verb()...)
	line = append(line, `":{"_id":`...)
	line = append(line, id...)
	if w.over != absent {
		line = append(line, `,"if_seq_no":`...)
		line = strconv.AppendInt(line, w.over.Seq, 10)
		line = append(line, `,"if_primary_term":`...)
		line = strconv.AppendInt(line, w.over.Term, 10)
	}
	out.Write(append(line, "}}\n"...))
	if w.source != nil {
		out.Write(w.source)
		out.WriteByte('\n')
	}
	return nil
}

// bulk does writes to one index, in order for each id. It tries again what was
// surely not done, and what may have been done: as every write is a
// compare-and-set, doing it twice is refused, and the refusal is looked into.
func (s *Store) bulk(ctx context.Context, index, refresh string, writes []write) []written {
	results := make([]written, len(writes))
	left := make([]int, len(writes))
	for i := range left {
		left[i] = i
	}
	var refused, failed error
	doubtful := false
	for attempt := 0; attempt < bulkAttempts && len(left) > 0; attempt++ {
		if attempt > 0 && pause(ctx, backoff(attempt)) != nil {
			break
		}
		var again []int
		if again, refused, failed = s.bulkOnce(ctx, index, refresh, writes, left, results); failed == nil {
			left = again
			continue
		}
		doubtful = true
		if !passes(failed) || s.cluster.nodes.silent() {
			break
		}
	}
	s.refusing.note(index, len(left) > 0)
	for _, i := range left {
		if failed != nil {
			results[i] = written{lost: unavailable(failed)}
		} else {
			results[i] = written{err: unavailable(refused)}
		}
	}
	if doubtful && len(left) < len(writes) {
		s.recognise(ctx, index, writes, results)
		// What was done by the attempt whose answer was lost may not be visible yet.
		if err := s.refreshAfter(ctx, index, refresh); err != nil {
			loseAll(results, err)
		}
	}
	return results
}

func (s *Store) refreshAfter(ctx context.Context, index, refresh string) error {
	if refresh == "" {
		return nil
	}
	return s.refresh(ctx, index)
}

func loseAll(results []written, why error) {
	for i := range results {
		results[i] = written{lost: why}
	}
}

// bulkAnswer has an item for each write, under its verb.
type bulkAnswer struct {
	Items []struct {
		Create, Index, Delete *bulkItem
	} `json:"items"`
}

type bulkItem struct {
	Status int      `json:"status"`
	Seq    int64    `json:"_seq_no"`
	Term   int64    `json:"_primary_term"`
	Error  *failure `json:"error"`
}

// linesBytes is about what the lines of a write have besides id and source.
const linesBytes = 80

func bulkBody(writes []write, which []int) (*bytes.Buffer, error) {
	var body bytes.Buffer
	size := 0
	for _, i := range which {
		size += len(writes[i].id) + len(writes[i].source) + linesBytes
	}
	body.Grow(size)
	for _, i := range which {
		if err := writes[i].append(&body); err != nil {
			return nil, err
		}
	}
	return &body, nil
}

// bulkOnce sends the writes that are left, and answers those to send again and
// why they were refused.
func (s *Store) bulkOnce(ctx context.Context, index, refresh string, writes []write, left []int, results []written) (again []int, refused, err error) {
	body, err := bulkBody(writes, left)
	if err != nil {
		return nil, nil, err
	}
	mustExist := true
	request := esapi.BulkRequest{Index: s.index(index), RequireAlias: &mustExist, Body: bytes.NewReader(body.Bytes()), Timeout: primaryTimeout, Refresh: refresh}
	var answer bulkAnswer
	if err := s.cluster.doWithin(ctx, bulkPatience, request, &answer); err != nil {
		return nil, nil, err
	}
	if len(answer.Items) != len(left) {
		return nil, nil, fmt.Errorf("elasticsearch: %d answers to %d writes", len(answer.Items), len(left))
	}
	for n, i := range left {
		item := cmp.Or(answer.Items[n].Create, answer.Items[n].Index, answer.Items[n].Delete)
		switch {
		case item == nil:
			return nil, nil, errors.New("elasticsearch: no answer to a write")
		case passing(item.Status):
			again = append(again, i)
			refused = &answerError{status: item.Status, kind: "unknown"}
			if item.Error != nil {
				kind, reason := item.Error.root()
				refused = &answerError{status: item.Status, kind: kind, reason: reason}
			}
		case item.Status == http.StatusConflict || item.Status == http.StatusNotFound && item.Error == nil:
			results[i] = written{conflict: true}
		case item.Error != nil:
			results[i] = written{err: itemFailed(item.Status, item.Error)}
		default:
			results[i] = written{at: place{Seq: item.Seq, Term: item.Term}}
		}
	}
	return again, refused, nil
}

// itemFailed tells what is wrong with a record, which is a bad request, from
// what is wrong with the cluster, such as a block on writes.
func itemFailed(status int, failed *failure) error {
	kind, reason := failed.root()
	refused := &answerError{status: status, kind: kind, reason: reason}
	if status == http.StatusBadRequest && kind != closedIndex {
		return storage.ErrBadRequest.New("the document has more parts than can be indexed").Because(refused)
	}
	return unavailable(refused)
}

// recognise finds, among writes that met another state, those that met their
// own result: an earlier attempt had succeeded and its answer was lost.
func (s *Store) recognise(ctx context.Context, index string, writes []write, results []written) {
	var gets []get
	var which []int
	for i := range writes {
		if results[i].conflict {
			gets, which = append(gets, get{index: index, id: writes[i].id}), append(which, i)
		}
	}
	answers, err := s.read(ctx, gets)
	for n, i := range which {
		if err != nil {
			results[i] = written{lost: err}
			continue
		}
		var source struct {
			Op    []string `json:"op"`
			Moved string   `json:"moved"`
		}
		answer := answers[n]
		if answer.Found && json.Unmarshal(answer.Source, &source) != nil {
			continue
		}
		switch {
		case writes[i].source == nil && !answer.Found:
			results[i] = written{}
		case writes[i].source != nil && (slices.Contains(source.Op, writes[i].op) || source.Moved == writes[i].op):
			results[i] = written{at: answer.place()}
		}
	}
}
