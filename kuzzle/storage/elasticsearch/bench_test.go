package elasticsearch_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkCreate measures creations that are visible to search when they are
// answered: ours, with and without a claim, beside Elasticsearch's own wait_for
// for one document at a time on the same node.
func BenchmarkCreate(b *testing.B) {
	s := openNew(b)
	var n atomic.Int64
	ours := func(keys bool) func(context.Context) error {
		return func(ctx context.Context) error {
			id := fmt.Sprint("bench", n.Add(1))
			change := named(id)
			if keys {
				change = named(id, "key "+id)
			}
			_, err := s.Commit(ctx, change)
			return err
		}
	}
	for _, clients := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("ours/clients=%d", clients), func(b *testing.B) { measure(b, clients, ours(false)) })
		b.Run(fmt.Sprintf("ours with a claim/clients=%d", clients), func(b *testing.B) { measure(b, clients, ours(true)) })
		b.Run(fmt.Sprintf("native/clients=%d", clients), func(b *testing.B) { measure(b, clients, native(b, &n)) })
	}
}

func native(b *testing.B, n *atomic.Int64) func(context.Context) error {
	b.Helper()
	index := node.Addresses[0] + "/" + prefixes.Lend(b, node) + "native"
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 300}}
	do := func(ctx context.Context, method, url, body string) error {
		request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewBufferString(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode >= 300 {
			return fmt.Errorf("status %d", response.StatusCode)
		}
		return nil
	}
	_ = do(b.Context(), http.MethodPut, index, `{"settings":{"number_of_replicas":0,"refresh_interval":"1s"}}`)
	b.Cleanup(func() {
		_ = do(context.Background(), http.MethodDelete, index, "")
		client.CloseIdleConnections()
	})
	return func(ctx context.Context) error {
		return do(ctx, http.MethodPut, fmt.Sprintf("%s/_create/n%d?refresh=wait_for", index, n.Add(1)), `{"live":true}`)
	}
}

func measure(b *testing.B, clients int, create func(context.Context) error) {
	var mu sync.Mutex
	var times []time.Duration
	var left atomic.Int64
	left.Store(int64(b.N))
	var running sync.WaitGroup
	b.ResetTimer()
	for range clients {
		running.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				if err := create(b.Context()); err != nil {
					b.Error(err)
				}
				mu.Lock()
				times = append(times, time.Since(start))
				mu.Unlock()
			}
		})
	}
	running.Wait()
	slices.Sort(times)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creations/s")
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
