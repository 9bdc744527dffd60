package listing

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// ByCreation is the order by time of creation.
const ByCreation = "createdAt"

// orders maps the orders to fields. Users without the field come last, in both directions.
var orders = map[string]query.Field{
	"_id": {Area: query.ID}, ByCreation: createdAt,
	"lastSignInAt": account(users.LastSignInField), "updatedAt": account(users.UpdatedAtField),
	"username": account(users.UsernameField), "firstName": account(users.FirstNameField), "lastName": account(users.LastNameField),
	"email": account(users.Email), "phone": account(users.Phone),
}

// NewestFirst reports whether an order is by time, which is descending by default.
func NewestFirst(order string) bool {
	return order == "" || strings.HasSuffix(order, "At")
}

// Orders lists the names of the orders.
func Orders() []string { return slices.Sorted(maps.Keys(orders)) }

func (w *Wanted) sort() ([]query.Sort, error) {
	w.Order = cmp.Or(w.Order, ByCreation)
	field, known := orders[w.Order]
	if !known {
		return nil, assert.Unexpected.New(w.Order, Orders())
	}
	return []query.Sort{{Field: field, Desc: w.Descending}}, nil
}

// cursor is a position in an order: its name, its direction and the values of a hit.
type cursor struct {
	Order string `json:"o"`
	Desc  bool   `json:"d,omitempty"`
	At    []any  `json:"a"`
}

func (w *Wanted) next(sort []any) string {
	text, err := json.Marshal(cursor{w.Order, w.Descending, sort})
	if err != nil {
		return "" // sort values are numbers and texts
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// after returns the position where a page begins, nil for the beginning. If a time of creation is
// required, the first page begins at that time, since the order has these users in one piece.
func (w *Wanted) after() ([]any, error) {
	if w.After == "" {
		switch {
		case w.Order == ByCreation && w.Descending && w.CreatedBefore != 0:
			return []any{float64(w.CreatedBefore - 1), ""}, nil
		case w.Order == ByCreation && !w.Descending && w.CreatedAfter != 0:
			return []any{float64(w.CreatedAfter - 1), ""}, nil
		}
		return nil, nil
	}
	var c cursor
	text, err := base64.RawURLEncoding.DecodeString(w.After)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || c.Order != w.Order || c.Desc != w.Descending || len(c.At) != 2 {
		return nil, assert.InvalidArgument.New("after", "the next of a page with the same order")
	}
	for _, value := range c.At {
		switch value.(type) {
		case string, float64, nil:
		default:
			return nil, assert.InvalidArgument.New("after", "the next of a page with the same order")
		}
	}
	return c.At, nil
}
