package feed

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// membersID is the record that lists the nodes; a journal's id is a UUID.
const membersID = "nodes"

// maxMembers bounds the nodes, so that one request reads them all.
const maxMembers = records.MaxGets - 10

// memberTries is how often a change of the list is tried when other nodes are
// faster.
const memberTries = 20

// members are the ids of the journals to read. Left grows with every removed
// node: the notes of a node that came and left between two reads were never
// seen.
type members struct {
	IDs  []string `json:"ids"`
	Left int64    `json:"left"`
}

type membersRecord struct {
	Members members  `json:"members"`
	Op      []string `json:"op"`
}

var (
	errTooManyNodes = errors.New("elasticsearch: too many nodes share the indexes")
	errStaleCopy    = errors.New("elasticsearch: what was read is older than what was written")
	errNotListed    = errors.New("elasticsearch: the list of nodes does not name this one")
)

func membersOf(g records.Got) (members, error) {
	var r membersRecord
	if !g.Found {
		return r.Members, nil
	}
	err := json.Unmarshal(g.Source, &r)
	return r.Members, err
}

// join writes the journal under a new id and adds it to the list. Announcements
// are possible only after that.
func (f *Feed) join(ctx context.Context, mine journal) error {
	id := records.NewID()
	at, conflict, err := f.put(ctx, id, records.Absent, mine)
	if err != nil || conflict {
		return errors.Join(err, ctx.Err())
	}
	err = f.changeMembers(ctx, func(m *members) error {
		if len(m.IDs) >= maxMembers {
			return errTooManyNodes
		}
		if !slices.Contains(m.IDs, id) {
			m.IDs = append(m.IDs, id)
		}
		return nil
	})
	if err != nil {
		_ = f.endJournal(ctx, id, at)
		return err
	}
	f.id, f.at, f.others = id, at, slices.DeleteFunc(f.others, func(other string) bool { return other == id })
	return nil
}

// changeMembers changes the list by compare-and-set.
func (f *Feed) changeMembers(ctx context.Context, edit func(*members) error) error {
	for attempt := range memberTries {
		if attempt > 0 {
			if err := cluster.Pause(ctx, cluster.Backoff(attempt)); err != nil {
				return err
			}
		}
		answers, err := f.records.Read(ctx, []records.Get{{Index: layout.ChangesIndex, ID: membersID}})
		if err != nil {
			return err
		}
		list, err := membersOf(answers[0])
		if err == nil {
			err = edit(&list)
		}
		if err != nil {
			return err
		}
		op := records.NewID()
		source, err := cluster.Encode(membersRecord{Members: list, Op: []string{op}})
		if err != nil {
			return err
		}
		_, conflict, err := f.putSource(ctx, bulkqueue.Write{ID: membersID, Over: answers[0].Place(), Source: source, Op: op})
		if err != nil || !conflict {
			return err
		}
	}
	return cluster.Unavailable(errOutrun)
}

// lookAt reads the list and the journals it names. Every request also reads the
// own journal, which must show the last beat: only a copy of the index that took
// part in that write certainly has everything that was acknowledged before.
func (f *Feed) lookAt(ctx context.Context, beat int64) (members, map[string]journal, map[string]records.Place, error) {
	journals, places := map[string]journal{}, map[string]records.Place{}
	list, err := f.lookOnce(ctx, beat, f.others, journals, places)
	if err != nil {
		return list, nil, nil, err
	}
	var news []string
	others := slices.DeleteFunc(slices.Clone(list.IDs), func(id string) bool { return id == f.id })
	for _, id := range others {
		if !slices.Contains(f.others, id) {
			news = append(news, id)
		}
	}
	if len(news) > 0 {
		if _, err := f.lookOnce(ctx, beat, news, journals, places); err != nil {
			return list, nil, nil, err
		}
	}
	f.others = others
	for id := range journals {
		if !slices.Contains(others, id) {
			delete(journals, id)
		}
	}
	if !slices.Contains(list.IDs, f.id) {
		f.id = ""
		return list, nil, nil, errNotListed
	}
	return list, journals, places, nil
}

func (f *Feed) lookOnce(ctx context.Context, beat int64, ids []string, journals map[string]journal, places map[string]records.Place) (members, error) {
	gets := []records.Get{{Index: layout.ChangesIndex, ID: membersID}, {Index: layout.ChangesIndex, ID: f.id}}
	for _, id := range ids {
		gets = append(gets, records.Get{Index: layout.ChangesIndex, ID: id})
	}
	answers, err := f.records.Read(ctx, gets)
	if err != nil {
		return members{}, err
	}
	list, err := membersOf(answers[0])
	if err != nil {
		return list, err
	}
	if !answers[1].Found {
		return list, errStaleCopy
	}
	if own, err := readJournal(answers[1]); err != nil || own.Beat < beat {
		return list, errors.Join(err, errStaleCopy)
	}
	for i, id := range ids {
		answer := answers[i+2]
		if places[id] = answer.Place(); !answer.Found {
			continue
		}
		if journals[id], err = readJournal(answer); err != nil {
			return list, err
		}
	}
	return list, nil
}

// bury removes a node that was quiet for longer than any of its writes could
// take, and removes ended nodes from the list. Its journal is deleted first, by
// compare-and-set: if the node wakes, it cannot write there and must join again
// before it changes anything.
func (f *Feed) bury(ctx context.Context, now time.Time, list members, journals map[string]journal, places map[string]records.Place) {
	if id := f.follower.quiet(now, f.follower.window+nodeLease); id != "" {
		if f.endJournal(ctx, id, places[id]) != nil {
			return
		}
		delete(journals, id)
	}
	dead := slices.DeleteFunc(slices.Clone(list.IDs), func(id string) bool {
		_, there := journals[id]
		return there || id == f.id
	})
	if len(dead) == 0 {
		return
	}
	_ = f.unlist(ctx, dead...)
}

func (f *Feed) endJournal(ctx context.Context, id string, at records.Place) error {
	_, conflict, err := f.putSource(ctx, bulkqueue.Write{ID: id, Over: at})
	if conflict {
		err = errOutrun
	}
	return err
}

func (f *Feed) unlist(ctx context.Context, ids ...string) error {
	return f.changeMembers(ctx, func(m *members) error {
		before := len(m.IDs)
		m.IDs = slices.DeleteFunc(m.IDs, func(id string) bool { return slices.Contains(ids, id) })
		if len(m.IDs) != before {
			m.Left++
		}
		return nil
	})
}

// leave notifies the others that this node ends. A node whose changes may still
// arrive does not leave: the others must notice its absence first.
func (f *Feed) leave() {
	f.mu.Lock()
	open, waiting := len(f.journal.Open), f.waiting
	f.waiting = nil
	f.mu.Unlock()
	for _, told := range waiting {
		told <- cluster.ErrClosing
	}
	if f.id == "" || open > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if f.endJournal(ctx, f.id, f.at) == nil {
		_ = f.unlist(ctx, f.id)
	}
}
