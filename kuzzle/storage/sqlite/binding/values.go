package binding

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Millis returns a time in epoch milliseconds; nil for none.
func Millis(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UnixMilli()
}

// List returns a JSON array; nil for no texts.
func List(texts []string) Text {
	if len(texts) == 0 {
		return nil
	}
	list := Text("[")
	for i, text := range texts {
		if i > 0 {
			list = append(list, ',')
		}
		list = plainjson.AppendString(list, text)
	}
	return append(list, ']')
}
