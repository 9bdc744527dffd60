package feed

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// listenFor is how long Serving listens: several beats of a live server.
const listenFor = 4 * followEvery

// Serving returns the names of the servers that use the store now. It joins no
// list and takes a second.
func (f *Feed) Serving(ctx context.Context) ([]string, error) {
	before, err := f.journals(ctx)
	if err != nil || len(before) == 0 {
		return nil, err
	}
	if err := cluster.Pause(ctx, listenFor); err != nil {
		return nil, err
	}
	after, err := f.journals(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for id, now := range after {
		if was, known := before[id]; now.Name != "" && (!known || now.Beat > was.Beat) {
			names = append(names, now.Name)
		}
	}
	return names, nil
}

// journals reads the journals of all listed nodes.
func (f *Feed) journals(ctx context.Context) (map[string]journal, error) {
	answers, err := f.records.Read(ctx, []records.Get{{Index: layout.ChangesIndex, ID: membersID}})
	if err != nil {
		return nil, err
	}
	list, err := membersOf(answers[0])
	if err != nil {
		return nil, err
	}
	gets := make([]records.Get, len(list.IDs))
	for i, id := range list.IDs {
		gets[i] = records.Get{Index: layout.ChangesIndex, ID: id}
	}
	if answers, err = f.records.Read(ctx, gets); err != nil {
		return nil, err
	}
	found := map[string]journal{}
	for i, answer := range answers {
		if !answer.Found {
			continue
		}
		if found[list.IDs[i]], err = readJournal(answer); err != nil {
			return nil, err
		}
	}
	return found, nil
}
