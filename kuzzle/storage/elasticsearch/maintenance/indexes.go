package maintenance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/setup"
)

// indexState is an index as the cluster describes it.
type indexState struct {
	Settings map[string]string `json:"settings"`
	Mappings struct {
		Dynamic    any                   `json:"dynamic"`
		Meta       json.RawMessage       `json:"_meta"`
		Properties map[string]indexField `json:"properties"`
	} `json:"mappings"`
}

type indexField struct {
	Type    string `json:"type"`
	Enabled *bool  `json:"enabled"`
}

// ours reports whether some version of this program created the index.
func (i indexState) ours() bool { return i.index("").Meta().Schema > 0 }

// index returns the parts of the state that show its schema.
func (i indexState) index(name string) *setup.FoundIndex {
	index := &setup.FoundIndex{Name: name}
	index.Mappings.Meta = i.Mappings.Meta
	return index
}

// indexes examines the indexes under the prefix.
func (e *examination) indexes(ctx context.Context) {
	there, err := e.described(ctx, e.names.Prefix+"*")
	if err != nil {
		e.unseen(aboutIndexes, err)
		return
	}
	own := map[string]indexState{}
	for _, name := range e.names.All() {
		if state, is := there[e.names.Concrete(name)]; is {
			own[name] = state
		}
	}
	e.foreign(there)
	if len(own) == 0 {
		e.nothingHere(ctx)
		return
	}
	had := storage.LatestSchema()
	if state, is := own[layout.MetaIndex]; is && state.ours() {
		had = state.index("").Meta().Schema
	}
	for _, name := range e.names.All() {
		state, is := own[name]
		if !is && storage.Since(storage.Collection(name)) > had {
			continue // the next start creates it
		}
		if !is {
			e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("%q is missing, and its data is lost", e.names.Concrete(name)),
				"restore it from a snapshot; no server starts without it")
			continue
		}
		e.layout(name, state)
		e.blocks(name, state)
	}
	e.health(ctx, own)
}

func (e *examination) described(ctx context.Context, pattern string) (map[string]indexState, error) {
	var answer map[string]indexState
	err := e.cluster.Ask(ctx, cluster.Get("/"+pattern+"?flat_settings=true&allow_no_indices=true&expand_wildcards=all"), &answer)
	if cluster.IsStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	return answer, err
}

// foreign reports foreign indexes under our prefix. Another installation's
// prefix may begin with ours.
func (e *examination) foreign(there map[string]indexState) {
	others := map[string]bool{}
	for _, index := range slices.Sorted(maps.Keys(there)) {
		name := strings.TrimPrefix(index, e.names.Prefix)
		switch {
		case slices.Contains(e.names.All(), name):
		case there[index].ours():
			others[e.prefixOf(index)] = true
		default:
			e.note(storage.Misconfigured, aboutIndexes, fmt.Sprintf("%q is under the prefix %q but belongs to another program", index, e.names.Prefix),
				"remove it, or choose another elasticsearch.prefix")
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(others)) {
		e.note(storage.Note, aboutIndexes, fmt.Sprintf("another installation has the prefix %q, which begins like this one", prefix),
			"make sure that privileges and snapshots by pattern do not cover both")
	}
}

// prefixOf returns an index's prefix.
func (e *examination) prefixOf(index string) string {
	for _, name := range e.names.All() {
		if prefix, is := strings.CutSuffix(index, name); is {
			return prefix
		}
	}
	return index
}

// nothingHere reports the prefixes under which there is data.
func (e *examination) nothingHere(ctx context.Context) {
	remedy := "check elasticsearch.prefix and the address; kuzzle serve creates the indexes of a new installation"
	if elsewhere, err := e.described(ctx, "*"+layout.MetaIndex); err == nil {
		var prefixes []string
		for index, state := range elsewhere {
			if state.ours() {
				prefixes = append(prefixes, strings.TrimSuffix(index, layout.MetaIndex))
			}
		}
		if len(prefixes) > 0 {
			slices.Sort(prefixes)
			remedy = "set elasticsearch.prefix to the one in use here: " + strings.Join(prefixes[:min(len(prefixes), 5)], ", ")
		}
	}
	e.note(storage.Misconfigured, aboutIndexes, fmt.Sprintf("there is no data under the prefix %q", e.names.Prefix), remedy)
}

// layout compares an index with the form that this version creates.
func (e *examination) layout(name string, state indexState) {
	index := state.index(e.names.Concrete(name))
	has, err := index.Schema()
	switch {
	case err != nil:
		e.refused(aboutIndexes, err)
		return
	case has < storage.LatestSchema():
		e.note(storage.Note, aboutIndexes, fmt.Sprintf("%q has schema %d and this version writes %d", index.Name, has, storage.LatestSchema()),
			"the next start of a server upgrades it")
	}
	if has := index.Meta().Store; e.store == "" {
		e.store = has
	} else if has != "" && has != e.store {
		e.note(storage.Misconfigured, aboutIndexes, fmt.Sprintf("%q belongs to the store %s, other indexes of its prefix to %s", index.Name, has, e.store),
			"restore all indexes of the prefix from one snapshot")
	}
	var differ []string
	if state.Mappings.Dynamic != "strict" {
		differ = append(differ, "dynamic")
	}
	for field, definition := range layout.Mappings(name, "")["properties"].(map[string]any) {
		want := definition.(map[string]any)
		kind, _ := want["type"].(string)
		has := state.Mappings.Properties[field]
		if has.Type == "" {
			has.Type = "object" // Elasticsearch leaves it out
		}
		enabled := has.Enabled == nil || *has.Enabled
		if _, is := state.Mappings.Properties[field]; !is || has.Type != kind || enabled != (want["enabled"] != false) {
			differ = append(differ, field)
		}
	}
	if len(differ) > 0 {
		slices.Sort(differ)
		e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("another program changed the mapping of %q: %s", e.names.Concrete(name), strings.Join(differ, ", ")),
			"revert the change, or move to another prefix with kuzzle migrate")
	}
}

// blocks reports settings that an operator, or the cluster itself, has made.
func (e *examination) blocks(name string, state indexState) {
	for _, block := range []string{"read_only_allow_delete", "read_only", "write", "read", "metadata"} {
		if state.Settings["index.blocks."+block] != "true" {
			continue
		}
		remedy := fmt.Sprintf(`remove it: PUT /%s/_settings {"index.blocks.%s":null}`, e.names.Concrete(name), block)
		if block == "read_only_allow_delete" {
			remedy = "free disk space on the nodes; Elasticsearch then lifts the block, or " + remedy
		}
		e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("%q has the block index.blocks.%s, so requests are refused", e.names.Concrete(name), block), remedy)
	}
	if has, want := state.Settings["index.refresh_interval"], e.setup.Changeable(name)["refresh_interval"]; has != want {
		e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("%q has the refresh_interval %q instead of %q, so searches may miss recent changes, or cost more", e.names.Concrete(name), has, want),
			fmt.Sprintf(`run: PUT /%s/_settings {"index.refresh_interval":%q}`, e.names.Concrete(name), want))
	}
}

type clusterHealth struct {
	Status     string `json:"status"`
	DataNodes  int    `json:"number_of_data_nodes"`
	Unassigned int    `json:"unassigned_shards"`
	Indices    map[string]struct {
		Status   string `json:"status"`
		Replicas int    `json:"number_of_replicas"`
	} `json:"indices"`
}

// are returns the names of the indexes with a status.
func (c clusterHealth) are(status string) string {
	var names []string
	for name, index := range c.Indices {
		if index.Status == status {
			names = append(names, strconv.Quote(name))
		}
	}
	slices.Sort(names)
	verb := " is "
	if len(names) > 1 {
		verb = " are "
	}
	return strings.Join(names, ", ") + verb + status
}

// health examines the copies: where they are and whether they suffice.
func (e *examination) health(ctx context.Context, own map[string]indexState) {
	var names []string
	for name := range own {
		names = append(names, e.names.Concrete(name))
	}
	var answer clusterHealth
	err := e.cluster.Ask(ctx, cluster.Get("/_cluster/health/"+strings.Join(names, ",")+"?level=indices"), &answer)
	if err != nil {
		e.unseen(aboutIndexes, err)
		return
	}
	most, least := 0, answer.DataNodes
	for _, index := range answer.Indices {
		most, least = max(most, index.Replicas), min(least, index.Replicas)
	}
	switch answer.Status {
	case "red":
		e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("%s: shards without any copy, so requests fail (%d copies are not assigned)", answer.are("red"), answer.Unassigned),
			"bring the missing nodes back; GET /_cluster/allocation/explain has the reason")
	case "yellow":
		e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("%s: %d copies are not assigned", answer.are("yellow"), answer.Unassigned),
			"bring the missing nodes back; GET /_cluster/allocation/explain has the reason")
	}
	switch {
	case most >= answer.DataNodes:
		e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("%d replicas of each are configured, and %d nodes can hold %d", most, answer.DataNodes, answer.DataNodes-1),
			"add nodes, or lower number_of_replicas of the indexes and elasticsearch.replicas")
	case answer.DataNodes == 1:
		e.note(storage.Note, aboutIndexes, "the one node of the cluster has the only copy", "take snapshots; a second node gets a copy automatically")
	case least == 0:
		e.note(storage.Degraded, aboutIndexes, fmt.Sprintf("there is only one copy, on one of %d nodes: its loss loses users", answer.DataNodes),
			"raise number_of_replicas of the indexes and elasticsearch.replicas")
	}
}

// templates reports foreign index templates that change our new indexes.
func (e *examination) templates(ctx context.Context) {
	var answer struct {
		Templates []struct {
			Name  string `json:"name"`
			Index struct {
				Patterns []string `json:"index_patterns"`
			} `json:"index_template"`
		} `json:"index_templates"`
	}
	err := e.cluster.Ask(ctx, cluster.Get("/_index_template"), &answer)
	if err != nil {
		e.unseen(aboutTemplate, err)
		return
	}
	for _, template := range answer.Templates {
		for _, name := range e.names.All() {
			if slices.ContainsFunc(template.Index.Patterns, func(pattern string) bool { fits, _ := path.Match(pattern, e.names.Concrete(name)); return fits }) {
				e.note(storage.Degraded, aboutTemplate, fmt.Sprintf("%q applies to our indexes when they are created, and may change them", template.Name),
					fmt.Sprintf("narrow its patterns, so that none matches %s*", e.names.Prefix))
				break
			}
		}
	}
}
