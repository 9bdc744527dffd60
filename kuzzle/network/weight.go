package network

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

const (
	// baseWeight is the part of the memory budget that every request holds: for
	// its goroutine, its buffers, its arguments and a short answer.
	baseWeight = budget.Small
	// layerWeight is the weight of one decompressor.
	layerWeight = 64 << 10
)

// Weights of decoded JSON in bytes: the memory that Go's allocator provides for
// it, rounded up. Every value except an object's or array's own has a weight for
// itself and one for its slot, in an array that grew by doubling or in a map that
// is half full.
const (
	objectWeight = 48  // the map itself
	slotsWeight  = 288 // its first eight slots
	memberWeight = 40  // a further slot, beyond placeWeight
	arrayWeight  = 24
	placeWeight  = 32 + 8 // with a number in it
	stringWeight = 24
)

// measure returns the number of bytes that a JSON text takes once it is decoded.
// It allocates nothing, and refuses a text that is nested too deeply or has too
// many values. Text that is not JSON gets some weight.
func measure(data []byte, maxDepth, maxNodes int) (weight int64, err error) {
	depth, nodes := 0, 1
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := endOfString(data, i)
			weight += stringWeight + int64(end-i)*5/4
			i = end
		case '[', '{':
			if depth++; depth > maxDepth {
				return 0, errTooDeep
			}
			own, places := int64(arrayWeight), int64(placeWeight)
			if data[i] == '{' {
				own, places = objectWeight, placeWeight+slotsWeight
			}
			weight += own
			if !closes(data[i+1:]) {
				nodes++
				weight += places
			}
		case ',':
			nodes++
			weight += placeWeight
		case ':':
			weight += memberWeight
		case ']', '}':
			depth--
		}
	}
	if nodes > maxNodes {
		return 0, errTooMany
	}
	return weight, nil
}

// closes reports whether the next token is a closing bracket.
func closes(data []byte) bool {
	for _, c := range data {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == ']' || c == '}'
		}
	}
	return false
}

// formWeight returns the weight of name=value pairs joined by &.
func formWeight(pairs int, text int) int64 {
	return int64(text)*2 + int64(pairs)*(placeWeight+memberWeight+2*stringWeight) + slotsWeight
}

// queryWeight returns the weight of a query string's arguments. Actions decode
// arguments that are JSON lists.
func queryWeight(query string) int64 {
	if query == "" {
		return 0
	}
	weight := formWeight(strings.Count(query, "&")+1, len(query))
	switch {
	case strings.ContainsRune(query, '{'), strings.Contains(query, "%7"):
		weight += int64(len(query)) * (objectWeight + slotsWeight) / 5 // such as "[{},"
	case strings.ContainsRune(query, '['), strings.Contains(query, "%5"):
		weight += int64(len(query)) * placeWeight / 2
	}
	return weight
}

// grow adds bytes to a share, or returns the error for the client if it cannot.
func grow(ctx context.Context, share *budget.Share, bytes int64) error {
	return said(share.Grow(ctx, bytes), share.Held()+bytes)
}

func said(err error, bytes int64) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, budget.ErrNeverFits):
		return ErrTooHeavy.New(bytes)
	}
	return ErrNoMemory.New().RetryIn(time.Second)
}

// hold resizes a share to the size of the answer that it holds from now on. A
// short answer needs no more than the request had; probes and refusals had
// nothing.
func hold(ctx context.Context, share *budget.Share, answer []byte) error {
	size := int64(cap(answer))
	if len(answer) <= baseWeight {
		size = baseWeight // the rest of the buffer is reused
	}
	share.Shrink(size)
	if size == baseWeight {
		return nil
	}
	return said(share.Cover(ctx, size-share.Held()), size)
}

// heavily waits until little other heavy work runs (measuring, decoding, writing)
// and returns a function to call afterwards. Light work, up to the small share of
// the budget, never waits and finds a core without heavy work. Until that function
// is called, the caller must not wait for a client, a store or the budget.
func (s *Server) heavily(bytes int) (done func()) {
	if bytes <= budget.Small {
		return func() {}
	}
	s.heavy <- struct{}{}
	return func() { <-s.heavy }
}

// heavyLanes is the number of pieces of heavy work that run at once; one core
// stays free.
func heavyLanes() int { return max(1, runtime.NumCPU()-1) }

// weighed measures a JSON text and takes its weight from the budget, after the
// dispatcher has agreed that the caller may send as much. req is the request as
// far as it is known; whole means that the text has the rest of it.
func (s *Server) weighed(ctx context.Context, text []byte, req *api.Request, whole bool, share *budget.Share) error {
	done := s.heavily(len(text))
	weight, err := measure(text, s.opts.MaxDepth, s.opts.MaxNodes)
	done()
	if err != nil {
		return err
	}
	return s.admit(ctx, max(weight, int64(len(text))), text, req, whole, share)
}

func (s *Server) admit(ctx context.Context, weight int64, text []byte, req *api.Request, whole bool, share *budget.Share) error {
	if weight > s.dispatcher.Table.Lightest() {
		asked := *req
		if whole {
			done := s.heavily(len(text))
			peek(text, &asked)
			done()
		}
		if err := s.dispatcher.CheckWeight(ctx, &asked, weight); err != nil {
			return err
		}
	}
	return grow(ctx, share, weight)
}

// peek reads only the action and the token of a request that is one JSON object.
func peek(text []byte, req *api.Request) {
	eachMember(text, func(name string, value []byte) {
		var into *string
		switch name {
		case "controller":
			into = &req.Controller
		case "action":
			into = &req.Action
		case "jwt":
			into = &req.Token
			req.HasToken = true
		default:
			return
		}
		*into = ""
		if len(value) <= MaxTokenBytes {
			_ = json.Unmarshal(value, into) // a value that is not a string names nothing
		}
	})
}

// shallowID returns the requestId of a message that is not decoded, so that the
// client knows which one was refused; nil if it cannot be read.
func shallowID(text []byte) (id any) {
	eachMember(text, func(name string, value []byte) {
		if name == "requestId" && len(value) > 0 && value[0] != '{' && value[0] != '[' {
			id = nil
			_ = json.Unmarshal(value, &id) // an invalid value leaves no id
		}
	})
	return id
}

// maxNameText is the longest text of a name that the package looks for, with every
// character escaped.
const maxNameText = 64

// eachMember visits the members of an object in the order of the text, without
// decoding their values. In text that is not JSON it visits anything that looks
// like a member.
func eachMember(text []byte, visit func(name string, value []byte)) {
	if text = bytes.TrimLeft(text, " \t\r\n"); len(text) == 0 || text[0] != '{' {
		return
	}
	var name []byte
	depth, from := 0, -1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := endOfString(text, i)
			if depth == 1 && from < 0 {
				name = text[i:min(end+1, len(text))]
			}
			i = end
		case ':':
			if depth == 1 && from < 0 {
				from = i + 1
			}
		case '{', '[':
			depth++
		case ',', '}', ']':
			if depth == 1 && from >= 0 {
				visitMember(name, bytes.TrimSpace(text[from:i]), visit)
				from = -1
			}
			if text[i] != ',' {
				depth--
			}
		}
	}
}

func visitMember(quoted, value []byte, visit func(name string, value []byte)) {
	var name string
	if len(quoted) <= maxNameText && json.Unmarshal(quoted, &name) == nil {
		visit(name, value)
	}
}
