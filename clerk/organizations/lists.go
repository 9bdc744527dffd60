package organizations

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// listing has the arguments of getOrganizationList.
type listing struct {
	shown
	Query   edge.Text  `arg:"query"`
	UserIDs edge.Texts `arg:"user_id"`
	IDs     edge.Texts `arg:"organization_id"`
	OrderBy edge.Texts `arg:"order_by"`
	page
}

var organizationOrders = map[string]string{"created_at": domain.ByCreation, "name": domain.ByName, "members_count": domain.ByMembers}

func (c *controller) list(ctx context.Context, req *api.Request, args listing) (resource.Paginated[resource.Organization], error) {
	out := resource.Paginated[resource.Organization]{Data: []resource.Organization{}}
	if err := allowed(req, ""); err != nil {
		return out, err
	}
	j := &judging{}
	what := domain.Search{Query: j.part(args.Query), Page: j.page(args.page, args.OrderBy, organizationOrders)}
	what.IDs, what.NotIDs = j.Chosen("organization_id", args.IDs)
	what.Of, what.NotOf = j.Chosen("user_id", args.UserIDs)
	if err := j.Err(); err != nil {
		return out, err
	}
	found, total, err := c.Search(ctx, what)
	for i := range found {
		out.Data = append(out.Data, args.of(c.Make, &found[i]))
	}
	out.TotalCount = total
	return out, err
}

// maxPart is the maximum length of a search text.
const maxPart = 256

func (j *judging) part(given edge.Text) string {
	if len(given.Value) > maxPart {
		j.Refuse(edge.SizeExceeded, "query")
	}
	return given.Value
}
