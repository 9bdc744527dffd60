package schemas

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// historyID is the record of the index meta with the history. The others have the
// names of collections.
const historyID = "history of the store"

// HistoryWrite returns the write of a history over the version that was read.
func HistoryWrite(lines []storage.Upgraded, over records.Place) (bulkqueue.Write, error) {
	return writeMeta(historyID, lines, over)
}

// ReadHistory reads the history, which is empty if there is none, and its place.
func (ss *Schemas) ReadHistory(ctx context.Context) (lines []storage.Upgraded, at records.Place, err error) {
	answers, err := ss.records.Read(ctx, []records.Get{{Index: layout.MetaIndex, ID: historyID}})
	if err != nil {
		return nil, at, err
	}
	if at = answers[0].Place(); !answers[0].Found {
		return nil, at, nil
	}
	var r metaRecord
	if err = json.Unmarshal(answers[0].Source, &r); err == nil {
		err = json.Unmarshal([]byte(r.Meta), &lines)
	}
	if err != nil {
		err = fmt.Errorf("elasticsearch: the history of the store cannot be read: %w", err)
	}
	return lines, at, err
}
