package bulkqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// How a _bulk makes what it writes visible.
const (
	refreshNow   = "true"
	refreshLater = "wait_for"
)

// Write is one record to be written or deleted by compare-and-set.
type Write struct {
	ID string
	// Over is the place expected; absent creates.
	Over records.Place
	// Source is nil to delete.
	Source []byte
	// Op is in the source's op field, by which a write whose answer was lost is
	// recognised.
	Op string
}

// Written is what became of a write.
type Written struct {
	Place records.Place
	// Conflict means that another state is there than the one expected.
	Conflict bool
	// Err is why Elasticsearch does not take the record: storage.ErrBadRequest
	// where the record is at fault, else storage.ErrUnavailable.
	Err error
	// Lost is why it is not known whether the write was done.
	Lost error
	// Again is why the write was not done in an attempt; it may be in another.
	Again error
}

func (w *Write) verb() string {
	switch {
	case w.Source == nil:
		return "delete"
	case w.Over == records.Absent:
		return "create"
	}
	return "index"
}

// append adds the lines of the write to a request.
func (w *Write) append(body []byte) []byte {
	body = append(body, `{"`...)
	body = append(body, w.verb()...)
	body = append(body, `":{"_id":`...)
	body = plainjson.AppendString(body, w.ID)
	if w.Over != records.Absent {
		body = append(body, `,"if_seq_no":`...)
		body = strconv.AppendInt(body, w.Over.Seq, 10)
		body = append(body, `,"if_primary_term":`...)
		body = strconv.AppendInt(body, w.Over.Term, 10)
	}
	body = append(body, "}}\n"...)
	if w.Source != nil {
		body = append(body, w.Source...)
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
const bulkAnswered = "items.*.status,items.*._seq_no,items.*._primary_term,items.*.error"

type bulkItem struct {
	Status int              `json:"status"`
	Seq    int64            `json:"_seq_no"`
	Term   int64            `json:"_primary_term"`
	Error  *cluster.Failure `json:"error"`
}

// timedOutMapping is what an item is answered when its new fields took the
// cluster longer to take up than it was to wait.
const timedOutMapping = "mapper_exception"

// written reads what became of the write. It is doubtful where a node may have
// done it before it went.
func (i *bulkItem) written() (result Written, doubtful bool) {
	refused := &cluster.AnswerError{Status: i.Status, Kind: "unknown"}
	if i.Error != nil {
		refused.Kind, refused.Reason = i.Error.Root()
	}
	switch {
	case i.Status == http.StatusTooManyRequests, refused.Kind == timedOutMapping:
		return Written{Again: refused}, false
	case i.Status >= http.StatusInternalServerError:
		return Written{Again: refused}, true
	case i.Status == http.StatusConflict, i.Status == http.StatusNotFound && i.Error == nil:
		return Written{Conflict: true}, false
	case i.Error != nil:
		return Written{Err: itemFailed(refused)}, false
	}
	return Written{Place: records.Place{Seq: i.Seq, Term: i.Term}}, false
}

// linesBytes is about what the lines of a write have besides id and source.
const linesBytes = 80

func bulkBody(writes []Write, which []int) []byte {
	size := 0
	for _, i := range which {
		size += len(writes[i].ID) + len(writes[i].Source) + linesBytes
	}
	body := make([]byte, 0, size)
	for _, i := range which {
		body = writes[i].append(body)
	}
	return body
}

// sendBulk sends those of the writes, and answers their items. Elasticsearch
// waits as long as told for a shard that is about to come back.
func (ls *Queues) sendBulk(ctx context.Context, o *sending, which []int, wait time.Duration) ([]*bulkItem, error) {
	path := fmt.Sprintf("/%s/_bulk?require_alias=true&filter_path=%s&timeout=%dms", ls.names.Index(o.index), bulkAnswered, wait.Milliseconds())
	if o.refresh != "" {
		path += "&refresh=" + o.refresh
	}
	var answer bulkAnswer
	if err := ls.cluster.DoWithin(ctx, bulkPatience, cluster.Post(path, bulkBody(o.writes, which)), &answer); err != nil {
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
func itemFailed(refused *cluster.AnswerError) error {
	if refused.Status == http.StatusBadRequest && refused.Kind != cluster.ClosedIndex {
		return storage.ErrBadRequest.New("the document has more parts than can be indexed").Because(refused)
	}
	return cluster.Unavailable(refused)
}

// Visibility is a way to make changes visible to searches.
type Visibility string

const (
	// Grouped asks for refreshes, each shared by all changes that wait for one.
	Grouped Visibility = "grouped"
	// WaitFor waits for the refreshes that Elasticsearch makes by itself, about
	// one a second, where further ones cost too much.
	WaitFor Visibility = "wait_for"
)
