package api

import (
	"context"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// findAction looks the action up early, so that later stages know its canonical
// names. An unknown action is refused only after the rights check, so that
// strangers cannot list the actions.
func findAction(d *Dispatcher, _ context.Context, req *Request, _ *Response) error {
	switch {
	case req.Controller == "":
		return assert.Missing.New("controller")
	case req.Action == "":
		return assert.Missing.New("action")
	}
	if req.handler == nil {
		req.handler = d.Table.find(req)
	}
	d.Table.imply(req)
	if req.dialect() != Kuzzle {
		return nil // only Kuzzle's dialect has targets
	}
	return CheckTargets(req.Args, "")
}

// CheckTargets checks index, collection and targets, which tell where a call
// acts. It refuses every form that rights do not read, because such a form would
// bypass the restrictions of policies. Targets exclude the other two. path is a
// prefix for the names of fields, such as "body.".
func CheckTargets(args map[string]any, path string) error {
	targets := args["targets"]
	list, isList := targets.([]any)
	if targets != nil && !isList {
		return assert.InvalidType.New(path+"targets", "array")
	}
	for _, name := range [...]string{"index", "collection"} {
		value := args[name]
		if value == nil {
			continue
		}
		if isList {
			return assert.MutuallyExclusive.New(path+"targets", path+name)
		}
		if _, ok := value.(string); !ok {
			return assert.InvalidType.New(path+name, "string")
		}
	}
	for i, element := range list {
		if err := checkTarget(element, path+"targets["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	return nil
}

func checkTarget(element any, path string) error {
	place, ok := element.(map[string]any)
	if !ok && element != nil {
		return assert.InvalidType.New(path, "object")
	}
	if _, ok := place["index"].(string); !ok && place["index"] != nil {
		return assert.InvalidType.New(path+".index", "string")
	}
	if place["collections"] == nil {
		return nil
	}
	collections, ok := place["collections"].([]any)
	if ok {
		_, ok = Strings(collections)
	}
	if !ok {
		return assert.InvalidType.New(path+".collections", "string[]")
	}
	return nil
}

func shedLoad(d *Dispatcher, _ context.Context, _ *Request, _ *Response) error {
	if d.closing.Load() {
		return ErrShuttingDown.New().RetryIn(time.Second)
	}
	if d.inFlight.Load() > int64(d.MaxInFlight) {
		return ErrOverloaded.New().RetryIn(time.Second)
	}
	return nil
}

func checkOrigin(d *Dispatcher, _ context.Context, req *Request, _ *Response) error {
	origins := d.Origins
	if own := req.dialect().Origins; own != nil {
		origins = own
	}
	if req.Peer.Origin == "" || origins == nil || origins.Allowed(req.Peer.Origin) || req.Peer.OwnPage() {
		return nil
	}
	return ErrUnauthorizedOrigin.New(req.Peer.Origin)
}

func beforeExecution(d *Dispatcher, ctx context.Context, req *Request, res *Response) error {
	if len(d.listeners[BeforeExecution]) == 0 {
		return nil
	}
	return d.fire(ctx, BeforeExecution, &Event{Request: req, Response: res})
}
