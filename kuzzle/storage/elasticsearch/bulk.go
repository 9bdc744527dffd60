package elasticsearch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
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
	// again is why the write was not done in an attempt; it may be in another.
	again error
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
func (w *write) append(body []byte) []byte {
	body = append(body, `{"`...)
	body = append(body, w.verb()...)
	body = append(body, `":{"_id":`...)
	body = plainjson.AppendString(body, w.id)
	if w.over != absent {
		body = append(body, `,"if_seq_no":`...)
		body = strconv.AppendInt(body, w.over.Seq, 10)
		body = append(body, `,"if_primary_term":`...)
		body = strconv.AppendInt(body, w.over.Term, 10)
	}
	body = append(body, "}}\n"...)
	if w.source != nil {
		body = append(body, w.source...)
		body = append(body, '\n')
	}
	return body
}

// bulkAnswer has an item for each write, under its verb.
type bulkAnswer struct {
	Items []struct {
		Create, Index, Delete *bulkItem
	} `json:"items"`
}

// bulkAnswered is what is asked for of it: the rest is most of an answer.
var bulkAnswered = []string{"items.*.status", "items.*._seq_no", "items.*._primary_term", "items.*.error"}

type bulkItem struct {
	Status int      `json:"status"`
	Seq    int64    `json:"_seq_no"`
	Term   int64    `json:"_primary_term"`
	Error  *failure `json:"error"`
}

// timedOutMapping is what an item is answered when its new fields took the
// cluster longer to take up than it was to wait.
const timedOutMapping = "mapper_exception"

// written reads what became of the write. It is doubtful where a node may have
// done it before it went.
func (i *bulkItem) written() (result written, doubtful bool) {
	refused := &answerError{status: i.Status, kind: "unknown"}
	if i.Error != nil {
		refused.kind, refused.reason = i.Error.root()
	}
	switch {
	case i.Status == http.StatusTooManyRequests, refused.kind == timedOutMapping:
		return written{again: refused}, false
	case i.Status >= http.StatusInternalServerError:
		return written{again: refused}, true
	case i.Status == http.StatusConflict, i.Status == http.StatusNotFound && i.Error == nil:
		return written{conflict: true}, false
	case i.Error != nil:
		return written{err: itemFailed(refused)}, false
	}
	return written{at: place{Seq: i.Seq, Term: i.Term}}, false
}

// linesBytes is about what the lines of a write have besides id and source.
const linesBytes = 80

func bulkBody(writes []write, which []int) []byte {
	size := 0
	for _, i := range which {
		size += len(writes[i].id) + len(writes[i].source) + linesBytes
	}
	body := make([]byte, 0, size)
	for _, i := range which {
		body = writes[i].append(body)
	}
	return body
}

// sendBulk sends those of the writes, and answers their items. Elasticsearch
// waits as long as told for a shard that is about to come back.
func (s *Store) sendBulk(ctx context.Context, o *sending, which []int, wait time.Duration) ([]*bulkItem, error) {
	mustExist := true
	body := bytes.NewReader(bulkBody(o.writes, which))
	request := esapi.BulkRequest{Index: s.index(o.index), RequireAlias: &mustExist, Body: body, Timeout: wait, Refresh: o.refresh, FilterPath: bulkAnswered}
	var answer bulkAnswer
	if err := s.cluster.doWithin(ctx, bulkPatience, request, &answer); err != nil {
		return nil, err
	}
	if len(answer.Items) != len(which) {
		return nil, fmt.Errorf("elasticsearch: %d answers to %d writes", len(answer.Items), len(which))
	}
	items := make([]*bulkItem, len(which))
	for n, item := range answer.Items {
		if items[n] = cmp.Or(item.Create, item.Index, item.Delete); items[n] == nil {
			return nil, errors.New("elasticsearch: no answer to a write")
		}
	}
	return items, nil
}

// itemFailed tells what is wrong with a record, which is a bad request, from
// what is wrong with the cluster, such as a block on writes.
func itemFailed(refused *answerError) error {
	if refused.status == http.StatusBadRequest && refused.kind != closedIndex {
		return storage.ErrBadRequest.New("the document has more parts than can be indexed").Because(refused)
	}
	return unavailable(refused)
}
