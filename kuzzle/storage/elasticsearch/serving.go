package elasticsearch

import "context"

// listenFor is how long Serving listens: several beats of a server that lives.
const listenFor = 4 * followEvery

// Serving lists the servers that use the store now, by their names. It joins
// nobody and takes a second.
func (s *Store) Serving(ctx context.Context) ([]string, error) {
	before, err := s.journals(ctx)
	if err != nil || len(before) == 0 {
		return nil, err
	}
	if err := pause(ctx, listenFor); err != nil {
		return nil, err
	}
	after, err := s.journals(ctx)
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

// journals reads what every listed node tells.
func (s *Store) journals(ctx context.Context) (map[string]journal, error) {
	answers, err := s.read(ctx, []get{{index: changesIndex, id: membersID}})
	if err != nil {
		return nil, err
	}
	list, err := answers[0].members()
	if err != nil {
		return nil, err
	}
	gets := make([]get, len(list.IDs))
	for i, id := range list.IDs {
		gets[i] = get{index: changesIndex, id: id}
	}
	if answers, err = s.read(ctx, gets); err != nil {
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
