package security

import (
	"context"
	"fmt"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/history"
)

// histories are the actions that read past events.
func (c *userActions) histories() []api.Declared {
	return []api.Declared{
		api.Action[byID, kuzzleview.Counted[kuzzleview.Event]]{
			Name: "getUserHistory", Routes: api.Routes{"GET /users/{_id}/_history"},
			Summary: "Lists the latest events of a user, the newest first. Events of the last moment may be missing.", Run: c.getUserHistory,
		},
		api.Action[listEventsArgs, eventList]{
			Name: "listEvents", Routes: api.Routes{"GET /_events"},
			Summary: "Lists security events of all users, of the last hour or since another page. Ask again with next for later events.", Run: c.listEvents,
		},
	}
}

func (c *userActions) getUserHistory(ctx context.Context, _ *api.Request, args byID) (kuzzleview.Counted[kuzzleview.Event], error) {
	none := kuzzleview.Counted[kuzzleview.Event]{}
	u, err := c.Accounts.Users.Current(ctx, args.ID)
	if err != nil {
		return none, err
	}
	info, err := users.StoredInfo(u.Content)
	if err != nil {
		return none, err
	}
	all, err := c.History.Of(ctx, u.Kuid)
	if err != nil {
		return none, err
	}
	made, known := info.CreatedAt.(float64)
	if !known {
		return kuzzleview.Count(kuzzleview.EventsOf(all)), nil
	}
	// Events of an earlier user with this id are not shown.
	at := time.UnixMilli(int64(made))
	for i, e := range all {
		if e.At.Before(at) {
			all = all[:i]
			break
		}
	}
	author, _ := info.Author.(string)
	return kuzzleview.Count(kuzzleview.EventsOf(append(all, events.Event{
		Name: events.UserCreated, At: at, Outcome: events.Done, Actor: events.Actor{Kuid: author}, Subject: users.Subject(events.User, u.Kuid),
	}))), nil
}

type listEventsArgs struct {
	After string       `arg:"after"`
	Size  api.MaybeInt `arg:"size"`
}

// eventList is a page of events, the oldest first. Lost is the number of further events that are no
// longer stored.
type eventList struct {
	Hits []kuzzleview.Event `json:"hits"`
	Lost int                `json:"lost"`
	Next string             `json:"next"`
}

// defaultEvents is the default size of a page.
const defaultEvents = 100

func (c *userActions) listEvents(ctx context.Context, _ *api.Request, args listEventsArgs) (eventList, error) {
	size := defaultEvents
	if args.Size.Given {
		size = args.Size.Int
	}
	if size < 1 || size > history.MaxPage {
		return eventList{}, assert.InvalidArgument.New("size", fmt.Sprintf("a number from 1 to %d", history.MaxPage))
	}
	page, err := c.History.Since(ctx, args.After, size)
	return eventList{kuzzleview.EventsOf(page.Events), page.Lost, page.Next}, err
}
