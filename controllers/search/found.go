package search

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Found is a page of hits in the form for clients.
type Found struct {
	Hits         []kuzzleview.Document
	Total        int64
	ScrollID     string
	Aggregations map[string]any
	// Partial is set if the documents were too large for one answer: the page has fewer hits than
	// requested and is not the last.
	Partial bool
	// SearchAfter, on a partial page without a scroll, is the search_after for the next page.
	SearchAfter []any
}

// Shape makes a hit's document from its id and its whole source.
type Shape func(id string, source json.RawMessage) kuzzleview.Document

// Plain is the Shape that adds nothing.
func Plain(id string, source json.RawMessage) kuzzleview.Document {
	return kuzzleview.Document{ID: id, Source: source}
}

// Show makes the result of a page: each hit in its shape, reduced to the fields in show.
func Show(page storage.Page, shape Shape, show query.Source) (Found, error) {
	found := Found{Hits: make([]kuzzleview.Document, len(page.Hits)), Total: page.Total, Aggregations: page.Aggregations, Partial: page.Partial}
	for i, hit := range page.Hits {
		doc := shape(hit.ID, hit.Content)
		source, err := show.Apply(doc.Source)
		if err != nil {
			return found, err
		}
		doc.Source = source
		found.Hits[i] = doc
	}
	return found, nil
}

// After returns the search_after for the page after this one: nil unless the page is partial.
func After(page storage.Page) []any {
	if !page.Partial {
		return nil
	}
	return page.Hits[len(page.Hits)-1].Sort
}

// Shape implements api.Shaped.
func (Found) Shape() any {
	return struct {
		Hits         []kuzzleview.Document `json:"hits"`
		Total        int64                 `json:"total"`
		ScrollID     string                `json:"scrollId,omitempty"`
		Partial      bool                  `json:"partial,omitempty"`
		SearchAfter  []any                 `json:"searchAfter,omitempty"`
		Aggregations map[string]any        `json:"aggregations,omitempty"`
	}{}
}

// JSONSize is about how many bytes AppendJSON adds.
func (f Found) JSONSize() int {
	size := 0
	for i := range f.Hits {
		size += f.Hits[i].JSONSize()
	}
	return size
}

// AppendJSON copies the stored sources.
func (f Found) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"hits":[`...)
	for i, hit := range f.Hits {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = hit.AppendJSON(dst); err != nil {
			return dst, err
		}
	}
	dst = append(dst, `],"total":`...)
	dst = strconv.AppendInt(dst, f.Total, 10)
	if f.ScrollID != "" {
		dst = append(dst, `,"scrollId":`...)
		dst = plainjson.AppendString(dst, f.ScrollID)
	}
	if f.Partial {
		dst = append(dst, `,"partial":true`...)
	}
	if f.SearchAfter != nil {
		text, err := json.Marshal(f.SearchAfter)
		if err != nil {
			return dst, err
		}
		dst = append(append(dst, `,"searchAfter":`...), text...)
	}
	if f.Aggregations != nil {
		text, err := json.Marshal(f.Aggregations)
		if err != nil {
			return dst, err
		}
		dst = append(append(dst, `,"aggregations":`...), text...)
	}
	return append(dst, '}'), nil
}

// MarshalJSON is AppendJSON for encoders.
func (f Found) MarshalJSON() ([]byte, error) { return f.AppendJSON(nil) }

// exhausted begins the scroll id of the last page. The total follows it after a mark, so
// that a request beyond the last page is answered with the total and no hits.
const exhausted = "exhausted"

// ended reads such a scroll id. Without a total, counted is false.
func ended(id string) (total int64, counted, ok bool) {
	head, tail, marked := strings.Cut(id, mark)
	if head != exhausted || !marked {
		return 0, false, id == exhausted
	}
	total, err := strconv.ParseInt(tail, 10, 64)
	return total, true, err == nil && total >= 0
}

// mark stands between a cursor and the source filter that its pages have.
const mark = "."

// scrollID is a cursor with the source filter, which the store does not keep.
func scrollID(cursor string, total int64, show query.Source) (string, error) {
	switch {
	case cursor == "":
		return exhausted + mark + strconv.FormatInt(total, 10), nil
	case !show.Hidden && len(show.Includes)+len(show.Excludes) == 0:
		return cursor, nil
	}
	text, err := json.Marshal(show)
	return cursor + mark + base64.RawURLEncoding.EncodeToString(text), err
}

// cursorOf splits a scroll id. An id of another form is unknown.
func cursorOf(id string) (cursor string, show query.Source, err error) {
	at := strings.LastIndex(id, mark)
	if at < 0 {
		return id, show, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(id[at+1:])
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&show)
	}
	if err != nil || len(show.Includes)+len(show.Excludes) > query.DefaultLimits().Paths {
		return "", show, storage.ErrUnknownScroll.New()
	}
	return id[:at], show, nil
}
