package strategytest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
)

type keptFlow struct {
	strategies.Flow
	strategy string
	until    time.Time
	epoch    int
}

type flows struct {
	h        *Host
	strategy string
}

// Put implements strategies.Flows. The value makes a trip through JSON, as in a store.
func (f flows) Put(_ context.Context, flow strategies.Flow) (string, error) {
	raw, err := json.Marshal(flow.Value)
	if err != nil {
		return "", err
	}
	flow.Value = nil
	if err := json.Unmarshal(raw, &flow.Value); err != nil {
		return "", err
	}
	token := rand.Text()
	f.h.mu.Lock()
	defer f.h.mu.Unlock()
	kept := &keptFlow{Flow: flow, strategy: f.strategy, until: f.h.now.Add(flow.For)}
	if one := f.h.accounts[flow.Kuid]; one != nil {
		kept.epoch = one.epoch
	}
	f.h.flows[token] = kept
	return token, nil
}

// Peek implements strategies.Flows.
func (f flows) Peek(_ context.Context, token string) (strategies.Flow, error) {
	f.h.mu.Lock()
	defer f.h.mu.Unlock()
	return f.peek(token)
}

// Take implements strategies.Flows.
func (f flows) Take(_ context.Context, token string) (strategies.Flow, error) {
	f.h.mu.Lock()
	defer f.h.mu.Unlock()
	flow, err := f.peek(token)
	if err == nil {
		delete(f.h.flows, token)
	}
	return flow, err
}

func (f flows) peek(token string) (strategies.Flow, error) {
	kept := f.h.flows[token]
	if kept == nil || kept.strategy != f.strategy {
		return strategies.Flow{}, strategies.ErrFlowUnknown.New()
	}
	one := f.h.accounts[kept.Kuid]
	if kept.Kuid != "" && (one == nil || kept.Bound && one.epoch != kept.epoch) {
		return strategies.Flow{}, strategies.ErrFlowUnknown.New()
	}
	if !f.h.now.Before(kept.until) {
		return strategies.Flow{}, strategies.ErrFlowExpired.New()
	}
	return kept.Flow, nil
}
