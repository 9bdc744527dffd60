package cluster

import (
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Encode writes JSON without escapes for HTML.
func Encode(v any) ([]byte, error) {
	out, err := plainjson.Append(nil, v)
	if err != nil {
		return nil, fmt.Errorf("elasticsearch: %w", err)
	}
	return out, nil
}
