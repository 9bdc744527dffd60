package elasticsearch

import (
	"context"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Repaired tells what Repair found.
type Repaired struct {
	// Claims were looked at; of those Stale had no owner, and Removed are gone.
	Claims, Stale, Removed int
}

// repairPage is how many claims Repair reads at once.
const repairPage = 500

// repairKeep is how long one page may take.
const repairKeep = "5m"

// repairAtStart looks at the claims of the time in which a node may have died
// whose work nobody has taken up.
func (s *Store) repairAtStart() {
	_, _ = s.Repair(s.stopping, time.Now().Add(-s.options.RepairWithin))
}

// Repair removes claims that nobody confirmed within the grace time, which a
// node leaves that dies in the middle of a change. They lock no name, since who
// wants one takes it over; without them that needs no wait. With since, only
// claims written later are looked at, by their writers' clocks.
func (s *Store) Repair(ctx context.Context, since time.Time) (Repaired, error) {
	var done Repaired
	later := clause{"range": clause{"at": clause{"gte": since.UnixMilli()}}}
	err := s.eachClaim(ctx, later, func(keys []string, _ []held) error { return s.repairPage(ctx, keys, &done) })
	return done, err
}

// eachClaim passes claims as a search finds them, some at a time.
func (s *Store) eachClaim(ctx context.Context, where clause, pass func(keys []string, found []held) error) error {
	if err := s.refresh(ctx, claimsIndex); err != nil {
		return err
	}
	var pit struct {
		ID string `json:"id"`
	}
	err := s.cluster.ask(ctx, func() esapi.Request {
		return esapi.OpenPointInTimeRequest{Index: []string{s.index(claimsIndex)}, KeepAlive: repairKeep}
	}, &pit)
	if err != nil {
		return s.broken(ctx, err)
	}
	defer s.closePoint(pit.ID)
	query := clause{
		"size": repairPage, "track_total_hits": false, "pit": clause{"id": pit.ID, "keep_alive": repairKeep},
		"query": where, "sort": []any{clause{"at": "asc"}},
	}
	for {
		found, last, err := s.claimsOf(ctx, query)
		if err != nil || len(found) == 0 {
			return err
		}
		keys := make([]string, len(found))
		for i, h := range found {
			keys[i] = h.key
		}
		if err := pass(keys, found); err != nil {
			return err
		}
		query["search_after"] = last
	}
}

// claimsOf lists the claims that a query finds, and the place after them.
func (s *Store) claimsOf(ctx context.Context, query clause) (found []held, last []any, err error) {
	page, err := s.findAt(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	for _, hit := range page.Hits {
		h, err := got{Found: true, Source: hit.Source}.held(hit.ID)
		if err != nil {
			return nil, nil, err
		}
		found, last = append(found, h), hit.Sort
	}
	return found, last, nil
}

func (s *Store) repairPage(ctx context.Context, keys []string, done *Repaired) error {
	claims, owners, err := s.holders(ctx, keys)
	if err != nil {
		return err
	}
	doubted := map[string]*watch{}
	for i, h := range claims {
		done.Claims++
		if h.there() && !h.confirmed(h.key, owners[i]) {
			doubted[h.key] = &watch{at: h.at, since: time.Now()}
		}
	}
	if len(doubted) == 0 {
		return nil
	}
	if err := pause(ctx, s.options.Grace); err != nil {
		return err
	}
	for key, w := range doubted {
		if err := s.removeStale(ctx, key, w, done); err != nil {
			return err
		}
	}
	return nil
}

// holders reads claims, and then the document that owns each, without its areas.
func (s *Store) holders(ctx context.Context, keys []string) ([]held, []state, error) {
	gets := make([]get, len(keys))
	for i, key := range keys {
		gets[i] = get{index: claimsIndex, id: key}
	}
	answers, err := s.read(ctx, gets)
	if err != nil {
		return nil, nil, err
	}
	claims, owners := make([]held, len(keys)), make([]state, len(keys))
	var owned []get
	var which []int
	for i, answer := range answers {
		if claims[i], err = answer.held(keys[i]); err != nil {
			return nil, nil, err
		}
		owners[i].at = absent
		if claims[i].there() && s.lanes[string(claims[i].Of)] != nil {
			owned, which = append(owned, get{index: string(claims[i].Of), id: claims[i].Owner, bare: true}), append(which, i)
		}
	}
	if answers, err = s.read(ctx, owned); err != nil {
		return nil, nil, err
	}
	for n, i := range which {
		if owners[i], err = answers[n].state(); err != nil {
			return nil, nil, err
		}
	}
	return claims, owners, nil
}

// removeStale fences the owner and then removes the claim, as a taker would.
func (s *Store) removeStale(ctx context.Context, key string, w *watch, done *Repaired) error {
	h, owner, err := s.holder(ctx, key)
	if err != nil || !h.there() || h.at != w.at || h.confirmed(key, owner) {
		return err
	}
	done.Stale++
	fenced, err := s.fence(ctx, h, owner)
	if err != nil || !fenced {
		return err
	}
	results, err := s.lanes[claimsIndex].submit(ctx, false, write{id: key, over: h.at})
	if err == nil && !results[0].conflict {
		done.Removed++
	}
	return err
}
