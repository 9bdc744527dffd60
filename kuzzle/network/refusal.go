package network

import (
	"encoding/json"
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// appendRefusal writes the envelope for a message that could not become a
// request. A client's id is repeated as it came, number or string, and is also
// the room. Without one the answer gets a new id and no room.
func appendRefusal(dst []byte, id any, failure *fault.Error) []byte {
	var echo []byte
	switch id := id.(type) {
	case string:
		if id != "" {
			echo = plainjson.AppendString(nil, id)
		}
	case float64:
		echo, _ = json.Marshal(id) // a number that JSON decoded can be encoded
	}
	dst = append(dst, `{"requestId":`...)
	if echo != nil {
		dst = append(dst, echo...)
	} else {
		dst = plainjson.AppendString(dst, newID())
	}
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(failure.Status()), 10)
	dst = append(dst, `,"error":`...)
	dst = api.AppendError(dst, failure)
	dst = append(dst, `,"controller":null,"action":null,"volatile":null,"headers":{},"result":null`...)
	if echo != nil {
		dst = append(dst, `,"room":`...)
		dst = append(dst, echo...)
	}
	return append(dst, '}')
}
