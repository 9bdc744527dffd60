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

// How a _bulk makes its writes visible.
const (
	refreshNow   = "true"
	refreshLater = "wait_for"
)

// Write is one record to write or delete by compare-and-set.
type Write struct {
	ID string
	// Over is the expected place; Absent creates.
	Over records.Place
	// Source is nil to delete.
	Source []byte
	// Op is in the source's op field. It identifies the write if its answer is
	// lost.
	Op string
}

// Written is the result of a write.
type Written struct {
	Place records.Place
	// Conflict means that the record has another state than the expected one.
	Conflict bool
	// Err is the reason why Elasticsearch refused the record:
	// storage.ErrBadRequest if the record is at fault, else
	// storage.ErrUnavailable.
	Err error
	// Lost is the reason why it is unknown whether the write was done.
	Lost error
	// Again is the reason why one attempt did not do the write; another attempt
	// may.
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

// append adds the lines of the write to a request body.
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

// timedOutMapping is the error of an item if the cluster took longer to add its
// new fields than the request waited.
const timedOutMapping = "mapper_exception"

// written returns the result of the write. doubtful reports that a node may
// have done it before it failed.
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

// linesBytes is the approximate size of a write's lines without id and source.
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

// sendBulk sends some of the writes, and returns their items. wait is how long
// Elasticsearch waits for a shard that is about to return.
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

// itemFailed distinguishes a fault of the record, which is a bad request, from
// a fault of the cluster, such as a block on writes.
func itemFailed(refused *cluster.AnswerError) error {
	if refused.Status == http.StatusBadRequest && refused.Kind != cluster.ClosedIndex {
		return storage.ErrBadRequest.New("the document has more parts than can be indexed").Because(refused)
	}
	return cluster.Unavailable(refused)
}

// Visibility is a way to make changes visible to searches.
type Visibility string

const (
	// Grouped requests refreshes; all changes that wait share one.
	Grouped Visibility = "grouped"
	// WaitFor waits for Elasticsearch's own refreshes, about one a second. It
	// is for clusters where more refreshes cost too much.
	WaitFor Visibility = "wait_for"
)
